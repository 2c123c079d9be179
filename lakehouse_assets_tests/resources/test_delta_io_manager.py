"""Plain Dagster assets on the Delta IO manager: each reads and replaces exactly the partitions of its run."""

# Without postponed annotations: the annotations of an asset's parameters decide what it receives.
import datetime as dt
from typing import Any

import dagster as dg
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse_assets.publish.frames import as_arrow
from lakehouse_assets.settings import Settings
from resources.delta_io_manager import DeltaIOManager
from resources.engines.embedded import EmbeddedEngine
from resources.telling import PERMANENT

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


@pytest.fixture
def run(engine: EmbeddedEngine, lake: Settings) -> Run:
    return Run(engine)


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


def test_one_partition_is_written_and_later_replaced_alone(run: Run, lake: Settings) -> None:
    run(sales, key=DAYS[3])
    run(sales, key=DAYS[5])
    run(sales, key=DAYS[3])
    assert lines(lake, "sales") == of(DAYS[3], DAYS[5])
    assert DeltaTable(f"{lake.root}/sales").version() == 2


def test_a_range_in_one_run_writes_every_partition_of_it(run: Run, lake: Settings) -> None:
    result = run(sales, keys=(DAYS[2], DAYS[5]))
    assert lines(lake, "sales") == of(*DAYS[2:6])
    assert {event.partition for event in result.asset_materializations_for_node("sales")} == set(DAYS[2:6])
    assert DeltaTable(f"{lake.root}/sales").version() == 0


def as_frame(rows: pa.Table, spark: SparkSession, kind: str) -> Any:
    make = {
        "spark": lambda: spark.createDataFrame(rows),
        "pandas": rows.to_pandas,
        "arrow": lambda: rows,
        "polars": lambda: pl.from_arrow(rows),
        "polars lazy": lambda: pl.DataFrame(rows).lazy(),
    }
    return make[kind]()


def reader(annotation: Any, seen: list[Any], **options: Any) -> dg.AssetsDefinition:
    """An asset that notes what it received under this annotation and returns it as it is."""

    def copied(sales: Any) -> Any:
        seen.append(sales)
        return sales

    copied.__annotations__ = {"sales": annotation}
    return dg.asset(copied, **options)


KINDS = {
    "spark": DataFrame,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "arrow": pa.Table,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_arrives_as_annotated_and_is_stored_again(run: Run, lake: Settings, kind: str) -> None:
    run(sales, keys=(DAYS[0], DAYS[2]))
    seen: list[Any] = []
    copied = reader(KINDS[kind], seen, partitions_def=DAILY, metadata=BY_DAY, backfill_policy=ONE_RUN)
    run(copied, sales, key=DAYS[1])
    assert isinstance(seen[0], KINDS[kind]) or type(seen[0]).__module__.startswith("pyspark.sql.connect")
    assert lines(lake, "copied") == of(DAYS[1])
    run(copied, sales, keys=(DAYS[1], DAYS[2]))
    assert lines(lake, "copied") == of(DAYS[1], DAYS[2])


def test_without_an_annotation_a_spark_frame_arrives(run: Run, lake: Settings) -> None:
    @dg.asset
    def copied(sales):
        return sales.where("n > 0")

    run(sales, keys=(DAYS[0], DAYS[1]))
    run(copied, sales)
    assert lines(lake, "copied") == [(day_of(DAYS[0]), 1), (day_of(DAYS[1]), 2)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_unpartitioned_asset_reads_all_partitions(run: Run, lake: Settings, kind: str) -> None:
    run(sales, keys=(DAYS[0], DAYS[2]))
    run(sales, key=DAYS[14])
    run(reader(KINDS[kind], []), sales)
    assert lines(lake, "copied") == of(*DAYS[:3], DAYS[14])


@pytest.mark.parametrize("kind", ["spark", "polars"])
@pytest.mark.parametrize(
    ("weeks", "days"),
    [
        pytest.param({"key": "2017-01-01"}, DAYS[:7], id="the first week"),
        pytest.param({"key": "2017-01-08"}, DAYS[7:14], id="the second"),
        pytest.param({"keys": ("2017-01-01", "2017-01-08")}, DAYS[:14], id="both in one run"),
    ],
)
def test_a_week_reads_exactly_its_days(
    run: Run, lake: Settings, kind: str, weeks: dict[str, Any], days: tuple[str, ...]
) -> None:
    seen: list[Any] = []

    def weekly(context: dg.AssetExecutionContext, sales: Any) -> Any:
        seen.append(sales)
        rows = [{"week": day_of(key), "of": "week"} for key in context.partition_keys]
        return pa.Table.from_pylist(rows, pa.schema([("week", pa.date32()), ("of", pa.string())]))

    weekly.__annotations__["sales"] = KINDS[kind]
    asset = dg.asset(weekly, partitions_def=WEEKLY, metadata={"partition_column": "week"}, backfill_policy=ONE_RUN)
    run(sales, keys=(DAYS[0], DAYS[14]))
    run(asset, sales, **weeks)
    read = seen[0].toArrow() if kind == "spark" else as_arrow(seen[0])
    assert sorted(tuple(row.values()) for row in read.to_pylist()) == of(*days)
    assert {str(week) for week, _ in lines(lake, "weekly")} == set(weeks.get("keys", (weeks.get("key"),)))


def test_a_day_reads_the_week_it_lies_in(run: Run, lake: Settings) -> None:
    @dg.asset(partitions_def=WEEKLY, metadata={"partition_column": "week"}, backfill_policy=ONE_RUN)
    def targets(context: dg.AssetExecutionContext) -> pl.DataFrame:
        return pl.DataFrame({"week": [day_of(key) for key in context.partition_keys], "target": 7})

    @dg.asset(partitions_def=DAILY, metadata=BY_DAY)
    def compared(context: dg.AssetExecutionContext, targets: pl.DataFrame) -> pl.DataFrame:
        return targets.select(pl.lit(day_of(context.partition_key)).alias("day"), "week")

    run(targets, keys=("2017-01-01", "2017-01-08"))
    run(compared, targets, key=DAYS[8])
    assert lines(lake, "compared") == [(day_of(DAYS[8]), day_of("2017-01-08"))]


def test_an_unpartitioned_asset_feeds_a_partitioned_one_whole(run: Run, lake: Settings) -> None:
    @dg.asset
    def stores() -> pd.DataFrame:
        return pd.DataFrame({"store": [1, 2]})

    @dg.asset(partitions_def=DAILY, metadata=BY_DAY)
    def by_store(context: dg.AssetExecutionContext, stores: DataFrame) -> DataFrame:
        return stores.withColumn("day", F.lit(context.partition_key).cast("date"))

    run(stores)
    run(by_store, stores, key=DAYS[0])
    assert lines(lake, "by_store") == [(1, day_of(DAYS[0])), (2, day_of(DAYS[0]))]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_other_partitions_fail_the_step_and_write_nothing(
    run: Run, lake: Settings, spark: SparkSession, kind: str
) -> None:
    table = pa.table({"day": pa.array([day_of(DAYS[0]), day_of(DAYS[4])]), "n": pa.array([1, 2], pa.int64())})

    @dg.asset(name="sales", partitions_def=DAILY, metadata=BY_DAY)
    def wrong() -> Any:
        return as_frame(table, spark, kind)

    run(sales, key=DAYS[4])
    failed = run(wrong, key=DAYS[0], fails=True)
    assert f"rows outside the run's range {DAYS[0]}: {DAYS[4]} (1 rows)" in reason(failed)
    assert lines(lake, "sales") == of(DAYS[4])
    assert DeltaTable(f"{lake.root}/sales").version() == 0
    assert failed.asset_materializations_for_node("sales") == []


def test_a_partitioned_output_must_say_its_column(run: Run, lake: Settings) -> None:
    @dg.asset(partitions_def=DAILY)
    def unsaid() -> pa.Table:
        return pa.table({"day": [day_of(DAYS[0])]})

    assert 'add metadata={"partition_column": "..."}' in reason(run(unsaid, key=DAYS[0], fails=True))
    assert not DeltaTable.is_deltatable(f"{lake.root}/unsaid")


def test_a_partitioned_input_must_say_its_column(run: Run, lake: Settings) -> None:
    run(sales, keys=(DAYS[0], DAYS[1]))

    @dg.asset(name="sales", partitions_def=DAILY)
    def unsaid() -> None:
        """Sales as a project declares it that forgot the column."""

    seen: list[Any] = []
    copied = reader(pl.DataFrame, seen, partitions_def=DAILY, metadata=BY_DAY)
    assert "does not say which column" in reason(run(copied, unsaid, key=DAYS[0], fails=True))
    assert seen == []
    assert not DeltaTable.is_deltatable(f"{lake.root}/copied")


def test_a_frame_without_its_partition_column_fails_by_name(run: Run, lake: Settings) -> None:
    @dg.asset(partitions_def=DAILY, metadata=BY_DAY)
    def dayless() -> pd.DataFrame:
        return pd.DataFrame({"n": [1]})

    assert "lacks the partition column 'day'; it has ['n']" in reason(run(dayless, key=DAYS[0], fails=True))
    assert not DeltaTable.is_deltatable(f"{lake.root}/dayless")


def test_an_input_that_was_never_published_fails_by_name(run: Run) -> None:
    failed = run(reader(pl.DataFrame, []), sales, fails=True)
    assert "sales was never published" in reason(failed)
    tagged = run.instance.get_run_by_id(failed.run_id)
    assert tagged is not None
    assert PERMANENT in tagged.tags, "whoever starts runs by itself knows that another try cannot help"


def test_an_asset_may_return_nothing(run: Run, lake: Settings) -> None:
    @dg.asset
    def silent() -> None:
        """Do something else."""

    run(silent)
    assert not DeltaTable.is_deltatable(f"{lake.root}/silent")


def test_what_is_no_frame_fails(run: Run) -> None:
    @dg.asset
    def number() -> Any:
        return 3

    assert "int is no frame" in reason(run(number, fails=True))


def test_a_key_of_several_parts_is_a_path(run: Run, lake: Settings) -> None:
    @dg.asset(key=["plain", "deep", "stores"])
    def stores() -> pd.DataFrame:
        return pd.DataFrame({"store": [1]})

    run(stores)
    assert lines(lake, "plain/deep/stores") == [(1,)]


def test_a_materialisation_tells_rows_version_size_and_place(run: Run, lake: Settings) -> None:
    run(sales, key=DAYS[0])
    (event,) = run(sales, keys=(DAYS[0], DAYS[0])).asset_materializations_for_node("sales")
    told = {name: value.value for name, value in event.metadata.items()}
    assert {
        name: told[name] for name in ("delta_version", "rows_delivered", "rows_quarantined", "rows_of_run", "files")
    } == {
        "delta_version": 1,
        "rows_delivered": 2,
        "rows_quarantined": 0,
        "rows_of_run": 2,
        "files": 1,
    }
    assert told["dagster/uri"] == f"{lake.root}/sales"
    assert told["size_bytes"] > 0
