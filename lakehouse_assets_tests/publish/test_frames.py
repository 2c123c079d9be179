"""Frames of every kind in and out of the lake, without Dagster: a load reads exactly what it names."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame

from lakehouse_assets.errors import ContractError, OutsideRangeError
from lakehouse_assets.publish.frames import as_arrow, kind_of, load_frame, schema_of, stage_frame
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets_tests.publish.sales import (
    DAYS,
    FIRST,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    files_on_disk,
    publish_sales,
    sales,
    stored,
    target,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

KINDS = {
    "spark": DataFrame,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "arrow": pa.Table,
}


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """The rows of a frame of any kind, in order; None is None in each."""
    if isinstance(frame, DataFrame) or type(frame).__module__.startswith("pyspark"):
        rows = [row.asDict() for row in frame.collect()]
    elif isinstance(frame, pd.DataFrame):
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    else:
        rows = as_arrow(frame).to_pylist()
    return sorted(rows, key=str)


def plain(lake: Settings, frame: Any, column: str | None = "day") -> Target:
    return Target("plain/t", lake.table_url("plain", "t"), lake.quarantine_url("plain", "t"), schema_of(frame), column)


def made_as(kind: str, spark: SparkSession, table: pa.Table) -> Any:
    """An Arrow table as a frame of a kind."""
    make: dict[str, Callable[[], Any]] = {
        "spark": lambda: spark.createDataFrame(table),
        "pandas": table.to_pandas,
        "arrow": lambda: table,
        "polars": lambda: pl.from_arrow(table),
        "polars lazy": lambda: pl.DataFrame(table).lazy(),
    }
    return make[kind]()


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


EVERY_TYPE = pa.table(
    {
        "day": pa.array([dt.date(2017, 1, 2), dt.date(2017, 1, 2), dt.date(2017, 1, 3)], pa.date32()),
        "whole": pa.array([1, None, 2**60], pa.int64()),
        "small": pa.array([1, None, -5], pa.int32()),
        "real": pa.array([1.5, None, float("inf")], pa.float64()),
        "text": pa.array(['ä, "quoted"\n', None, ""], pa.string()),
        "yes": pa.array([True, None, False], pa.bool_()),
        "money": pa.array([Decimal("1.10"), None, Decimal("-12345678.99")], pa.decimal128(12, 2)),
        "at": pa.array(
            [dt.datetime(2017, 1, 2, 3, 4, 5, 123456, dt.UTC), None, dt.datetime(1969, 1, 1, tzinfo=dt.UTC)],
            pa.timestamp("us", "UTC"),
        ),
    }
)


@pytest.mark.parametrize("kind", ["spark", "polars", "polars lazy", "arrow"])
def test_a_frame_of_any_kind_is_published_value_for_value(spark: SparkSession, lake: Settings, kind: str) -> None:
    frame = made_as(kind, spark, EVERY_TYPE)
    to = plain(lake, frame)
    publish(stage_frame(frame, to, Range("day", (MONDAY, TUESDAY))), Origin("r"))
    read = rows_of(load_frame(to.url, "arrow", "day", None, lambda: spark))
    assert read == rows_of(EVERY_TYPE)


def test_a_pandas_frame_is_published_value_for_value(spark: SparkSession, lake: Settings) -> None:
    frame = pd.DataFrame(
        {
            "day": [dt.date(2017, 1, 2), dt.date(2017, 1, 3)],
            "whole": pd.array([1, None], "Int64"),
            "text": ["a", None],
            "at": pd.to_datetime(["2017-01-02T03:04:05.123456", None]),
        },
        index=[7, 9],
    )
    to = plain(lake, frame)
    publish(stage_frame(frame, to, Range("day", (MONDAY, TUESDAY))), Origin("r"))
    moment = dt.datetime(2017, 1, 2, 3, 4, 5, 123456)  # noqa: DTZ001 - a clock without a zone stays one
    assert rows_of(load_frame(to.url, "arrow", "day", None, lambda: spark)) == [
        {"day": dt.date(2017, 1, 2), "whole": 1, "text": "a", "at": moment},
        {"day": dt.date(2017, 1, 3), "whole": None, "text": None, "at": None},
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_outside_the_range_are_named_whatever_the_kind_and_nothing_stays(
    spark: SparkSession, lake: Settings, kind: str
) -> None:
    frame = made_as(kind, spark, EVERY_TYPE.select(["day", "whole"]))
    to = plain(lake, frame)
    with pytest.raises(OutsideRangeError, match=rf"range {MONDAY}: {TUESDAY} \(1 rows\)"):
        stage_frame(frame, to, Range("day", (MONDAY,)))
    assert files_on_disk(to.url) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_a_partition_are_an_error_and_never_dropped(
    spark: SparkSession, lake: Settings, kind: str
) -> None:
    table = pa.table({"day": pa.array([None, dt.date(2017, 1, 2)], pa.date32()), "v": [1, 2]})
    frame = made_as(kind, spark, table)
    with pytest.raises(OutsideRangeError, match=r"NULL \(1 rows\)"):
        stage_frame(frame, plain(lake, frame), Range("day", (MONDAY,)))


@pytest.mark.parametrize("kind", ["spark", "arrow"])
@pytest.mark.parametrize("key", ["New York", "a/b", "ü%41", "x=y", "O'Hara", "rejected", "__x__", "a:b?c#d", "01"])
def test_any_text_may_be_a_partition_key(spark: SparkSession, lake: Settings, kind: str, key: str) -> None:
    keys = tuple(dict.fromkeys((key, "other")))
    frame = made_as(kind, spark, pa.table({"place": list(keys), "v": [1, 2]}))
    to = plain(lake, frame, "place")
    for _ in range(2):  # created, then replaced
        publish(stage_frame(frame, to, Range("place", keys)), Origin("r"))
    expected = [{"place": key, "v": 1}]
    assert rows_of(load_frame(to.url, "arrow", "place", (key,), lambda: spark)) == expected
    assert rows_of(load_frame(to.url, "spark", "place", (key,), lambda: spark)) == expected
    assert rows_of(load_frame(to.url, "arrow", None, None, lambda: spark)) == rows_of(
        as_arrow(pa.table({"place": keys, "v": [1, 2]}))
    )


def test_a_column_that_had_no_null_may_have_one_later(spark: SparkSession, lake: Settings) -> None:
    never_null = spark.sql("select 1 as v")
    assert not never_null.schema["v"].nullable, "the engine no longer infers NOT NULL: test it otherwise"
    to = plain(lake, never_null, None)
    publish(stage_frame(never_null, to, Range.whole()), Origin("r"))
    publish(stage_frame(spark.sql("select cast(null as int) as v"), to, Range.whole()), Origin("r"))
    assert rows_of(load_frame(to.url, "spark", None, None, lambda: spark)) == [{"v": None}]


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(ContractError, match="int is no frame"):
        as_arrow(3)


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


def test_a_frame_without_its_partition_column_is_refused_by_name(spark: SparkSession, lake: Settings) -> None:
    for kind in ("spark", "arrow"):
        frame = made_as(kind, spark, pa.table({"v": [1]}))
        with pytest.raises(ContractError, match="'day'"):
            stage_frame(frame, plain(lake, frame), Range("day", (MONDAY,)))


def test_a_frame_with_nothing_but_its_partition_column_is_refused_because_its_rows_would_be_lost(
    spark: SparkSession, lake: Settings
) -> None:
    for kind in ("spark", "arrow"):
        frame = made_as(kind, spark, EVERY_TYPE.select(["day"]))
        with pytest.raises(ContractError, match="no column but the partition column 'day'"):
            stage_frame(frame, plain(lake, frame), Range("day", (MONDAY, TUESDAY)))


def test_sales_are_text_until_they_are_judged(spark: SparkSession) -> None:
    assert sales(spark, FIRST).schema["id"].dataType.simpleString() == "string"
