"""Plain Dagster assets on the Delta IO manager, and runs of them: shared by its tests."""

# Without postponed annotations: Dagster reads those of an asset.
import datetime as dt
from typing import Any

import dagster as dg
import pyarrow as pa
from deltalake import DeltaTable

from lakehouse_assets.settings import Settings
from resources.delta_io_manager import DeltaIOManager
from resources.engines.embedded import EmbeddedEngine

DAYS = tuple(f"2017-01-{day:02}" for day in range(1, 16))  # Sunday the 1st to Sunday the 15th
DAILY = dg.DailyPartitionsDefinition("2017-01-01", end_date="2017-01-16")
WEEKLY = dg.WeeklyPartitionsDefinition("2017-01-01", end_date="2017-01-16")  # weeks start on Sunday
BY_DAY = {"partition_column": "day"}
ONE_RUN = dg.BackfillPolicy.single_run()


def day_of(key: str) -> dt.date:
    return dt.date.fromisoformat(key)


@dg.asset(partitions_def=DAILY, metadata=BY_DAY, backfill_policy=ONE_RUN)
def sales(context: dg.AssetExecutionContext) -> pa.Table:
    """Two rows a day."""
    rows = [{"day": day_of(key), "n": n} for key in context.partition_keys for n in (day_of(key).day, -1)]
    return pa.Table.from_pylist(rows, pa.schema([("day", pa.date32()), ("n", pa.int64())]))


class Run:
    """Materialises assets in one lake, with one Dagster instance."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self.resources = {"io_manager": DeltaIOManager(engine=engine)}
        self.instance = dg.DagsterInstance.ephemeral()

    def __call__(
        self, asset: Any, *others: Any, key: str | None = None, keys: tuple[str, str] | None = None, fails: bool = False
    ) -> dg.ExecuteInProcessResult:
        tags = (
            {}
            if keys is None
            else {
                "dagster/asset_partition_range_start": keys[0],
                "dagster/asset_partition_range_end": keys[1],
            }
        )
        result = dg.materialize(
            [asset, *others],
            selection=[asset],
            resources=self.resources,
            instance=self.instance,
            partition_key=key,
            tags=tags,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        assert result.success is not fails, [e.message for e in result.all_events if e.is_failure]
        return result


def lines(lake: Settings, table: str) -> list[tuple[Any, ...]]:
    """The rows of a table by a reader that is not ours."""
    rows = DeltaTable(f"{lake.root}/{table}").to_pyarrow_table().to_pylist()
    return sorted(tuple(row.values()) for row in rows)


def of(*days: str) -> list[tuple[Any, ...]]:
    """The rows of `sales` for these days."""
    return sorted((day_of(day), n) for day in days for n in (day_of(day).day, -1))


def reason(result: dg.ExecuteInProcessResult) -> str:
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    return failed.step_failure_data.error_display_string


def reader(annotation: Any, seen: list[Any], **options: Any) -> dg.AssetsDefinition:
    """An asset that notes what it received under this annotation and returns it as it is."""

    def copied(sales: Any) -> Any:
        seen.append(sales)
        return sales

    copied.__annotations__ = {"sales": annotation}
    return dg.asset(copied, **options)
