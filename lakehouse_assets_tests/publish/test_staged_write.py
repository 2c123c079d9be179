"""What a judged frame leaves where it was staged."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from lakehouse_assets.publish.staged_write import STAGING_TASKS, embedded_tasks, write_staged
from lakehouse_assets.publish.verdict import WHOLE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

DAYS = 40


def of_many_days(spark: SparkSession) -> DataFrame:
    day = F.date_add(F.lit(dt.date(2017, 1, 1)), (F.col("id") % DAYS).cast("int"))
    return spark.range(0, 20_000, 1, 8).select("id", day.alias("day"))


def files(folder: Path) -> Counter[str]:
    """The files in each folder below one; Hadoop leaves a checksum beside each on local disk."""
    return Counter(
        str(file.parent.relative_to(folder)) for file in folder.rglob("*") if file.is_file() and file.suffix != ".crc"
    )


@pytest.mark.parametrize("partitions", [1, embedded_tasks()], ids=["by one writer", "by the other"])
def test_a_partition_is_one_file_and_nothing_lies_beside_them(
    spark: SparkSession, tmp_path: Path, partitions: int
) -> None:
    assert 1 < int(spark.conf.get(STAGING_TASKS)) == embedded_tasks()
    write_staged(of_many_days(spark), str(tmp_path), "staged", "day", partitions)
    days = [dt.date(2017, 1, 1) + dt.timedelta(n) for n in range(DAYS)]
    assert files(tmp_path / "staged") == {f"day={day}": 1 for day in days}
    assert spark.read.parquet(f"{tmp_path}/staged").count() == 20_000


def test_a_table_without_partitions_is_written_by_every_core(spark: SparkSession, tmp_path: Path) -> None:
    rows = spark.range(0, 20_000, 1, 8).withColumn(WHOLE, F.lit("all"))
    write_staged(rows, str(tmp_path), "staged", WHOLE, 1)
    (folder,) = files(tmp_path / "staged")
    assert folder == f"{WHOLE}=all"
    assert spark.read.parquet(f"{tmp_path}/staged").count() == 20_000


@pytest.mark.cluster
def test_a_cluster_shuffles_once_and_may_split_what_is_large(on_cluster: SparkSession, tmp_path: Path) -> None:
    write_staged(of_many_days(on_cluster), str(tmp_path), "staged", "day", DAYS)
    found = files(tmp_path / "staged")
    assert {folder for folder in found if folder.startswith("day=")} == set(found)
    assert set(found.values()) == {1}
    rows = of_many_days(on_cluster).hint("rebalance", F.col("day"))
    plan = rows._explain_string()
    assert plan.count("Exchange") == plan.count("REBALANCE_PARTITIONS_BY_COL") == 1
