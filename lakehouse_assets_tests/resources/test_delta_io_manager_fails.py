"""What the Delta IO manager refuses is named in the step that fails, and nothing is written."""

# Without postponed annotations: the annotations of an asset's parameters decide what it receives.
from typing import Any

import dagster as dg
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.publish.frames_of_kinds import KINDS, made_as
from lakehouse_assets_tests.resources.plain_assets import (
    BY_DAY,
    DAILY,
    DAYS,
    Run,
    day_of,
    lines,
    of,
    reader,
    reason,
    sales,
)
from resources.telling import PERMANENT


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_other_partitions_fail_the_step_and_write_nothing(
    run: Run, lake: Settings, spark: SparkSession, kind: str
) -> None:
    table = pa.table({"day": pa.array([day_of(DAYS[0]), day_of(DAYS[4])]), "n": pa.array([1, 2], pa.int64())})

    @dg.asset(name="sales", partitions_def=DAILY, metadata=BY_DAY)
    def wrong() -> Any:
        return made_as(kind, spark, table)

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


def test_what_is_no_frame_fails(run: Run) -> None:
    @dg.asset
    def number() -> Any:
        return 3

    assert "int is no frame" in reason(run(number, fails=True))
