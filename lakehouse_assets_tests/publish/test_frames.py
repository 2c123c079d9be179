"""Frames of every kind out of the lake, without Dagster: a load reads exactly what it names, and so does any reader."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import OutsideRangeError
from lakehouse_assets.publish.frames import kind_of, load_frame
from lakehouse_assets_tests.publish.frames_of_kinds import KINDS, rows_of
from lakehouse_assets_tests.publish.sales import (
    DAYS,
    FIRST,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    publish_sales,
    sales,
    stored,
    target,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


@pytest.mark.parametrize("kind", KINDS)
def test_an_annotation_says_which_kind_of_frame_is_wanted(kind: str) -> None:
    assert kind_of(KINDS[kind]) == kind


@pytest.mark.parametrize("annotation", [None, Any, int], ids=str)
def test_without_a_known_annotation_a_spark_frame_is_wanted(annotation: Any) -> None:
    assert kind_of(annotation) == "spark"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "keys", [(MONDAY,), (MONDAY, WEDNESDAY), DAYS, (), None], ids=["one", "two", "all there are", "none", "everything"]
)
def test_a_load_reads_exactly_the_partitions_it_names(
    spark: SparkSession, lake: Settings, kind: str, keys: tuple[str, ...] | None
) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, DAYS)
    frame = load_frame(to.url, kind, "day", keys, lambda: spark)
    assert kind_of(type(frame)) == kind
    read = [(str(row["day"])[:10], int(row["id"]), row["item"]) for row in rows_of(frame)]
    assert sorted(read) == [row for row in FIRST if keys is None or row[0] in keys]


def test_partitions_of_an_unknown_column_are_never_read_as_the_whole_table(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, DAYS)
    with pytest.raises(OutsideRangeError, match="which column"):
        load_frame(to.url, "arrow", None, (MONDAY,), lambda: spark)


def test_a_table_that_was_never_published_is_not_an_empty_one(spark: SparkSession, lake: Settings) -> None:
    with pytest.raises(OutsideRangeError, match="never published"):
        load_frame(lake.table_url("silver", "nothing"), "arrow", "day", None, lambda: spark)


def test_every_reader_sees_the_same_rows_and_the_same_columns(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, [*FIRST, (MONDAY, -1, "bad"), (TUESDAY, "x", "bad")], DAYS)
    publish_sales(spark, to, [(TUESDAY, 5, "new")], (TUESDAY,))
    expected = sorted([row for row in FIRST if row[0] != TUESDAY] + [(TUESDAY, 5, "new")])
    columns = ["day", "id", "item"]
    table = DeltaTable(to.url)
    dataset = table.to_pyarrow_dataset()  # noqa: F841 - DuckDB finds it by its name
    readers = {
        "delta-rs": table.to_pyarrow_table(),
        "pyarrow": table.to_pyarrow_dataset().to_table(),
        "polars": pl.read_delta(to.url).to_arrow(),
        "polars lazy": pl.scan_delta(to.url).collect().to_arrow(),
        "duckdb": duckdb.sql("select * from dataset").to_arrow_table(),
        "engine": spark.read.format("delta").load(to.url).toArrow(),
    }
    for name, read in readers.items():
        assert (name, read.column_names) == (name, columns)
        assert (name, sorted((str(r["day"]), r["id"], r["item"]) for r in read.to_pylist())) == (name, expected)
    assert stored(to.url) == expected


def test_every_reader_filters_by_partition_and_by_value(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, DAYS)
    day = dt.date.fromisoformat(WEDNESDAY)
    dataset = DeltaTable(to.url).to_pyarrow_dataset()  # noqa: F841 - DuckDB finds it by its name
    found = {
        "polars": pl.scan_delta(to.url).filter((pl.col("day") == day) & (pl.col("id") > 2)).collect().to_arrow(),
        "duckdb": duckdb.sql(f"select * from dataset where day = '{day}' and id > 2").to_arrow_table(),
        "engine": spark.read.format("delta").load(to.url).where(f"day = '{day}' and id > 2").toArrow(),
    }
    expected = [{"day": day, "id": 3, "item": None}]
    for name, read in found.items():
        assert (name, read.to_pylist()) == (name, expected)


def test_sales_are_text_until_they_are_judged(spark: SparkSession) -> None:
    assert sales(spark, FIRST).schema["id"].dataType.simpleString() == "string"
