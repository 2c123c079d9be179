"""Plain Dagster assets on the Delta IO manager: each reads and replaces exactly the partitions of its run."""

# Without postponed annotations: the annotations of an asset's parameters decide what it receives.
from typing import Any

import dagster as dg
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lakehouse_assets.publish.frames import as_arrow
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.publish.frames_of_kinds import KINDS
from lakehouse_assets_tests.resources.plain_assets import (
    BY_DAY,
    DAILY,
    DAYS,
    ONE_RUN,
    WEEKLY,
    Run,
    day_of,
    lines,
    of,
    reader,
    sales,
)


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


def test_an_asset_may_return_nothing(run: Run, lake: Settings) -> None:
    @dg.asset
    def silent() -> None:
        """Do something else."""

    run(silent)
    assert not DeltaTable.is_deltatable(f"{lake.root}/silent")


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
