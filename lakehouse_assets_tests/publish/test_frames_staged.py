"""A frame of any kind is published value for value; one that is no good is refused, and nothing of it stays."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest

from lakehouse_assets.errors import ContractError, OutsideRangeError
from lakehouse_assets.publish.frames import as_arrow, load_frame, stage_frame
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.staged_write import embedded_tasks
from lakehouse_assets.publish.target import Origin
from lakehouse_assets.publish.verdict import REJECTED
from lakehouse_assets_tests.publish.frames_of_kinds import EVERY_TYPE, KINDS, made_as, plain, rows_of
from lakehouse_assets_tests.publish.sales import MONDAY, TUESDAY, files_on_disk

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


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


@pytest.mark.parametrize("days", [1, embedded_tasks()], ids=["by one writer", "by the other"])
@pytest.mark.parametrize("day", [None, dt.date.fromisoformat(REJECTED)])
def test_a_row_of_no_day_is_never_taken_for_one_of_a_day(
    spark: SparkSession, lake: Settings, day: dt.date | None, days: int
) -> None:
    first = dt.date(1970, 1, 1)
    frame = spark.createDataFrame([(day, 1), (first, 2)], "day date, v int")
    keys = tuple(str(first + dt.timedelta(i)) for i in range(days))
    with pytest.raises(OutsideRangeError, match=r"NULL \(1 rows\)"):
        stage_frame(frame, plain(lake, frame), Range("day", keys))


@pytest.mark.parametrize("kind", ["spark", "arrow"])
@pytest.mark.parametrize("others", [1, embedded_tasks()], ids=["by one writer", "by the other"])
@pytest.mark.parametrize("key", ["New York", "a/b", "ü%41", "x=y", "O'Hara", "rejected", "__x__", "a:b?c#d", "01"])
def test_any_text_may_be_a_partition_key(spark: SparkSession, lake: Settings, kind: str, key: str, others: int) -> None:
    keys = (key, *(f"other {n}" for n in range(others)))
    values = pa.table({"place": list(keys), "v": list(range(1, len(keys) + 1))})
    frame = made_as(kind, spark, values)
    to = plain(lake, frame, "place")
    for _ in range(2):  # created, then replaced
        publish(stage_frame(frame, to, Range("place", keys)), Origin("r"))
    expected = [{"place": key, "v": 1}]
    assert rows_of(load_frame(to.url, "arrow", "place", (key,), lambda: spark)) == expected
    assert rows_of(load_frame(to.url, "spark", "place", (key,), lambda: spark)) == expected
    assert rows_of(load_frame(to.url, "arrow", None, None, lambda: spark)) == rows_of(as_arrow(values))


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
