"""What a staged file is known by: its footer, its flags and its name."""

from __future__ import annotations

import datetime as dt
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse_assets.publish.staging import StagedFile, read_staging
from lakehouse_assets.publish.verdict import FLAGS, RAW, REJECTED, SLOT, WHOLE

MONDAY = "day=2017-01-02"
FOLDER = "staged-1"


def put(root: Path, table: pa.Table, label: str = MONDAY, name: str = "part-0", **options: Any) -> Path:
    path = root / FOLDER / label / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)
    return path


def known(root: Path, **options: Any) -> StagedFile:
    (file,) = read_staging(str(root), FOLDER, **options).files
    return file


def bounds(root: Path, values: list[Any], kind: pa.DataType | None = None, **options: Any) -> tuple[Any, Any]:
    put(root, pa.table({"v": pa.array(values, kind)}), **options)
    stats = json.loads(known(root).stats)
    return stats["minValues"].get("v"), stats["maxValues"].get("v")


def moment(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)


def test_a_column_that_was_written_without_statistics_leaves_the_others_theirs(tmp_path: Path) -> None:
    put(tmp_path, pa.table({"a": [1, 2], "b": [3, 4]}), write_statistics=["b"])
    stats = json.loads(known(tmp_path).stats)
    assert (stats["minValues"], stats["maxValues"], stats["nullCount"]) == ({"b": 3}, {"b": 4}, {"b": 0})


@pytest.mark.parametrize("days", [-719_163, 2_932_897])
def test_a_date_of_a_year_that_python_does_not_know_leaves_its_column_without_bounds(tmp_path: Path, days: int) -> None:
    put(tmp_path, pa.table({"v": pa.array([0, days], pa.int32()).cast(pa.date32())}))
    assert json.loads(known(tmp_path).stats) == {
        "numRecords": 2,
        "minValues": {},
        "maxValues": {},
        "nullCount": {"v": 0},
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["a" * 31, "b" * 31], ("a" * 31, "b" * 31), id="text that no writer cuts"),
        pytest.param(["a" * 32, "b"], (None, None), id="a least text that one may cut"),
        pytest.param(["a", "b" * 32], (None, None), id="a greatest text that one may cut"),
        pytest.param([Decimal("1" * 15), Decimal(3)], (3, int("1" * 15)), id="decimals that JSON carries"),
        pytest.param([Decimal("1" * 16), Decimal(3)], (None, None), id="a greatest decimal that it does not carry"),
        pytest.param([Decimal("-" + "1" * 16), Decimal(3)], (None, None), id="a least decimal that it does not carry"),
        pytest.param([3, None, -1], (-1, 3), id="numbers"),
        pytest.param([True, False], (None, None), id="flags"),
        pytest.param([1.0, 2.0], (None, None), id="floats"),
        pytest.param([dt.date(2017, 1, 2), dt.date(2017, 1, 1)], ("2017-01-01", "2017-01-02"), id="days"),
        pytest.param([None, None], (None, None), id="nothing"),
    ],
)
def test_a_bound_is_given_only_where_it_can_be_trusted(
    tmp_path: Path, values: list[Any], expected: tuple[Any, Any]
) -> None:
    kind = pa.decimal128(20, 0) if isinstance(values[0], Decimal) else pa.string() if values[0] is None else None
    assert bounds(tmp_path, values, kind) == expected


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (moment(2017, 1, 1, 0, 0, 0, 5000), "2017-01-01T00:00:00.005Z"),
        (moment(2017, 1, 1, 0, 0, 0, 5001), "2017-01-01T00:00:00.006Z"),
        (moment(2017, 1, 1, 23, 59, 59, 999001), "2017-01-02T00:00:00.000Z"),
        (moment(9999, 12, 31, 23, 59, 59), "9999-12-31T23:59:59.000Z"),
        (moment(9999, 12, 31, 23, 59, 59, 1), None),
    ],
)
def test_a_latest_moment_is_rounded_up_and_an_earliest_down(
    tmp_path: Path, last: dt.datetime, expected: str | None
) -> None:
    first = "2016-12-31T00:00:00.001Z" if expected else None
    values = [moment(2016, 12, 31, 0, 0, 0, 1999), last]
    assert bounds(tmp_path, values, pa.timestamp("us", "UTC")) == (first, expected)


def test_moments_without_a_zone_are_told_without_one(tmp_path: Path) -> None:
    values = [dt.datetime(2017, 1, 1), dt.datetime(2017, 1, 2)]  # noqa: DTZ001 - a column may have no zone
    assert bounds(tmp_path, values, pa.timestamp("us")) == ("2017-01-01T00:00:00.000", "2017-01-02T00:00:00.000")


def test_one_row_group_without_a_trusted_bound_spoils_that_of_the_file_and_one_of_null_does_not(tmp_path: Path) -> None:
    assert bounds(tmp_path, ["b", "a", None, None, "c", "d"], row_group_size=2) == ("a", "d")
    assert bounds(tmp_path, ["b", "a", "x" * 40, "y", "c", "d"], row_group_size=2) == (None, None)
    assert bounds(tmp_path, ["y", "x" * 40, "c", "d"], row_group_size=2) == (None, None)


def test_without_statistics_in_the_footer_only_rows_are_counted(tmp_path: Path) -> None:
    put(tmp_path, pa.table({"v": [1, None]}), write_statistics=False)
    assert json.loads(known(tmp_path).stats) == {"numRecords": 2, "minValues": {}, "maxValues": {}, "nullCount": {}}


def test_columns_beside_the_tables_own_and_nested_ones_have_no_statistics(tmp_path: Path) -> None:
    beside = {RAW: ["x"], SLOT: ["y"], f"{FLAGS}0": [1], f"{FLAGS}1": [0], "list": [[1]]}
    put(tmp_path, pa.table({"v": [1], **beside, "w": [2]}))
    stats = json.loads(known(tmp_path).stats)
    bounds_, nulls = {"v": 1, "w": 2}, {"v": 0, "w": 0}
    assert stats == {"numRecords": 1, "minValues": bounds_, "maxValues": bounds_, "nullCount": nulls}
    assert json.loads(known(tmp_path, bounds=False).stats) == {"numRecords": 1}


def flagged(root: Path, first: list[int | None], second: list[int | None], **options: Any) -> Any:
    put(root, pa.table({f"{FLAGS}{n}": pa.array(v, pa.int64()) for n, v in enumerate((first, second))}), **options)
    return dict(known(root).flagged)


@pytest.mark.parametrize("options", [{}, {"write_statistics": False}], ids=["told by the footer", "read"])
def test_flags_of_accepted_rows_are_counted_by_what_they_say(tmp_path: Path, options: dict[str, Any]) -> None:
    day, none = "2017-01-02", [None] * 4
    assert flagged(tmp_path, none, none, **options) == {}
    assert flagged(tmp_path, [None, 2, 2, None], none, **options) == {(day, (2, 0)): 2}
    assert flagged(tmp_path, [None, 2, 2, 3], none, **options) == {(day, (2, 0)): 2, (day, (3, 0)): 1}
    assert flagged(tmp_path, [None, 2, 2, 2], [1, 1, None, None], **options) == {
        (day, (0, 1)): 1,
        (day, (2, 1)): 1,
        (day, (2, 0)): 2,
    }
    assert flagged(tmp_path, [2, 2, None, 1], [None] * 4, row_group_size=2, **options) == {
        (day, (2, 0)): 2,
        (day, (1, 0)): 1,
    }
    assert flagged(tmp_path, [None, None, 2, 2, 2, None], [None] * 6, row_group_size=2, **options) == {(day, (2, 0)): 3}


def test_rejected_rows_are_counted_by_the_partition_they_would_have_gone_to(tmp_path: Path) -> None:
    rows = pa.table({SLOT: ["a", "a", "b", "b"], f"{FLAGS}0": pa.array([1, 1, 1, None], pa.int64())})
    put(tmp_path, rows, f"day={REJECTED}")
    file = known(tmp_path)
    assert (file.rejected, file.rows) == (True, 4)
    assert file.flagged == {("a", (1,)): 2, ("b", (1,)): 1, ("b", (0,)): 1}


@pytest.mark.parametrize(
    ("label", "slot"),
    [(MONDAY, "2017-01-02"), ("k=a%2Fb%3Dc", "a/b=c"), ("k=x=y", "x=y"), (f"{WHOLE}=all", ""), ("", "")],
)
def test_the_folder_says_the_partition(tmp_path: Path, label: str, slot: str) -> None:
    put(tmp_path, pa.table({"v": [1]}), label)
    assert (known(tmp_path).slot, known(tmp_path).rejected) == (slot, False)


def test_a_file_is_known_by_path_size_and_time_and_one_without_rows_not_at_all(tmp_path: Path) -> None:
    path = put(tmp_path, pa.table({"v": [1, 2]}))
    os.utime(path, ns=(1_500_000_000_123_999_999,) * 2)
    put(tmp_path, pa.table({"v": pa.array([], pa.int64())}), name="empty")
    path.with_name("_SUCCESS").touch()
    file = known(tmp_path)
    assert file.path == f"{FOLDER}/{MONDAY}/part-0.parquet"
    assert (file.size_bytes, file.modified_ms, file.rows) == (path.stat().st_size, 1_500_000_000_123, 2)
