"""Statistics of published files are what readers skip files by: wrong ones lose rows without a word."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, QueryBuilder

from lakehouse_assets.publish.frames import schema_of, stage_frame
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.staging import Staging, staging_folder
from lakehouse_assets.publish.target import Origin, Target

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


def moment(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


LONG_WORD = "z" * 200
# name: type, values, smallest and greatest that a reader may rely on (None: no bound may be given)
COLUMNS: dict[str, tuple[pa.DataType, list[Any], Any, Any]] = {
    "whole": (pa.int64(), [3, None, -(2**62)], -(2**62), 3),
    "small": (pa.int16(), [-5, 7, None], -5, 7),
    "money": (pa.decimal128(12, 2), [Decimal("-7.25"), Decimal("1.10"), None], Decimal("-7.25"), Decimal("1.10")),
    "wide_money": (pa.decimal128(38, 2), [Decimal("9" * 30 + ".99"), Decimal("1.10"), None], None, None),
    "day": (pa.date32(), [dt.date(2017, 1, 1), dt.date(1969, 12, 31), None], "1969-12-31", "2017-01-01"),
    "instant": (
        pa.timestamp("us", "UTC"),
        [moment(2017, 1, 1, 0, 0, 0, 123456), moment(2018, 1, 1, 0, 0, 0, 999999), None],
        "2017-01-01T00:00:00.123Z",
        "2018-01-01T00:00:01.000Z",
    ),
    "before_1970": (
        pa.timestamp("us", "UTC"),
        [moment(1969, 12, 31, 23, 59, 59, 1), None, None],
        "1969-12-31T23:59:59.000Z",
        "1969-12-31T23:59:59.001Z",
    ),
    "long_ago": (
        pa.timestamp("us", "UTC"),
        [moment(200, 1, 1), None, None],
        "0200-01-01T00:00:00.000Z",
        "0200-01-01T00:00:00.000Z",
    ),
    "for_ever": (
        pa.timestamp("us", "UTC"),
        [moment(9999, 12, 31, 23, 59, 59, 999999), moment(2017, 1, 1), None],
        None,
        None,
    ),
    "word": (pa.string(), ["b", "a", None], "a", "b"),
    "umlaut": (pa.string(), ["ä", "zz", None], "zz", "ä"),
    "long_word": (pa.string(), ["a", LONG_WORD, None], None, None),
    "just_too_long": (pa.string(), ["a" * 33, "b", None], None, None),
    "emojis": (pa.string(), ["😀" * 40, "a", None], None, None),
    "nothing": (pa.string(), [None, None, None], None, None),
    "no_number": (pa.float64(), [1.0, float("nan"), None], None, None),
    "infinite": (pa.float64(), [float("-inf"), 1.0, None], None, None),
    "flag": (pa.bool_(), [True, False, None], None, None),
    "raw": (pa.binary(), [b"\xff", b"a", None], None, None),
}
FRAME = pa.table({name: pa.array(values, kind) for name, (kind, values, _, _) in COLUMNS.items()})


@pytest.fixture(params=["spark", "arrow"])
def published(request: pytest.FixtureRequest, spark: SparkSession, lake: Settings) -> Target:
    """A table of one file, staged by the engine or by Arrow."""
    frame = spark.createDataFrame(FRAME).coalesce(1) if request.param == "spark" else FRAME
    to = Target("plain", lake.table_url("plain", "t"), lake.table_url("plain", "q"), schema_of(frame))
    publish(stage_frame(frame, to, Range.whole()), Origin("r"))
    return to


def statistics(url: str) -> dict[str, Any]:
    """Of the table's only file, as the log has them."""
    lines = Path(f"{url}/_delta_log/00000000000000000000.json").read_text().splitlines()
    (added,) = [json.loads(line, parse_float=Decimal)["add"] for line in lines if "add" in json.loads(line)]
    return json.loads(added["stats"], parse_float=Decimal)


def test_counts_of_rows_and_of_null_are_exact(published: Target) -> None:
    known = statistics(published.url)
    assert known["numRecords"] == 3
    assert known["nullCount"] == {name: values.count(None) for name, (_, values, _, _) in COLUMNS.items()}


def test_bounds_hold_every_value_or_are_left_out(published: Target) -> None:
    known = statistics(published.url)
    expected = {name: (low, high) for name, (_, _, low, high) in COLUMNS.items()}
    given = {name: (known["minValues"].get(name), known["maxValues"].get(name)) for name in COLUMNS}
    # Text of some length may be bounded, as long as the bounds hold.
    for name in ("long_word", "just_too_long", "emojis"):
        low, high = given.pop(name)
        values = [v for v in COLUMNS[name][1] if v is not None]
        assert (low is None and high is None) or (low <= min(values) and high >= max(values)), name
        del expected[name]
    assert given == expected


CONDITIONS = [
    "whole = 3",
    "small > 6",
    "money = 1.10",
    "wide_money > 5",
    "day = date'2017-01-01'",
    "day < date'1970-01-01'",
    "instant > timestamp'2018-01-01T00:00:00.999998Z'",
    "instant < timestamp'2017-01-01T00:00:00.123457Z'",
    "before_1970 < timestamp'1970-01-01T00:00:00Z'",
    "word = 'b'",
    "umlaut = 'ä'",
    f"long_word = '{LONG_WORD}'",
    f"just_too_long = '{'a' * 33}'",
    f"emojis = '{'😀' * 40}'",
    "infinite < 0",
    "flag",
    "raw = X'ff'",
]
FAR_OFF = ["long_ago < timestamp'1000-01-01T00:00:00Z'", "for_ever > timestamp'9999-12-31T23:59:59.999Z'"]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_delta_rs_skips_no_file_that_holds_a_row_it_looks_for(published: Target, condition: str) -> None:
    query = f"select * from t where {condition}"
    rows = QueryBuilder().register("t", DeltaTable(published.url)).execute(query)
    assert sum(batch.num_rows for batch in rows) == 1


@pytest.mark.parametrize("condition", CONDITIONS + FAR_OFF)
def test_the_engine_skips_no_file_that_holds_a_row_it_looks_for(
    spark: SparkSession, published: Target, condition: str
) -> None:
    assert spark.read.format("delta").load(published.url).where(condition).count() == 1


def test_each_row_group_of_a_file_widens_its_bounds(lake: Settings) -> None:
    frame = pa.concat_tables(
        [pa.table({"v": [5, None, 3]}), pa.table({"v": [-2, 9, None]}), pa.table({"v": [4, 4, 4]})]
    )
    to = Target("plain", lake.table_url("plain", "t"), lake.table_url("plain", "q"), schema_of(frame))
    publish(stage_frame(frame, to, Range.whole()), Origin("r"))
    assert statistics(to.url) == {
        "numRecords": 9,
        "minValues": {"v": -2},
        "maxValues": {"v": 9},
        "nullCount": {"v": 2},
    }


def test_discarding_staging_that_wrote_nothing_is_fine(lake: Settings) -> None:
    frame = pa.table({"v": pa.array([], pa.int64())})
    to = Target("plain", lake.table_url("plain", "t"), lake.table_url("plain", "q"), schema_of(frame))
    judged = stage_frame(frame, to, Range.whole())
    judged.staging.discard()
    assert judged.staging.files == ()


def cannot_be_removed(root: str, folder: str) -> None:
    """Fill a folder so deep that nobody who names a path of it in full can remove it, whoever runs this."""
    here = os.open(root, os.O_RDONLY)
    for name in (folder, *["deep" * 60] * 18):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


class Interrupted(BaseException):
    """As Dagster says it to the step of a run that somebody terminates."""


def test_why_staging_is_given_up_is_told_even_where_its_files_cannot_be_removed(tmp_path: Path) -> None:
    staging = Staging(str(tmp_path), "staged-b", ())
    cannot_be_removed(staging.root, staging.folder)
    with pytest.raises(Interrupted), staging_folder(staging.root) as folder:
        cannot_be_removed(staging.root, folder)
        raise Interrupted
    staging.discard()
    assert {path.name for path in tmp_path.iterdir()} == {folder, staging.folder}
    for path in tmp_path.iterdir():
        shutil.rmtree(path)  # goes down step by step
