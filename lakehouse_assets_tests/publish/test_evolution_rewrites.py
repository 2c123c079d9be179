"""A type that grows: what other days hold is rewritten in the same commit, and no value changes by it."""

from __future__ import annotations

import math
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import types as T

from lakehouse_assets.publish import batches
from lakehouse_assets.publish.evolution import plan, rewrite
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets_tests.publish.changing import (
    INT,
    LONG,
    MONDAY,
    OLD,
    TEXT,
    TUESDAY,
    WEDNESDAY,
    Rows,
    columns,
    create,
    day,
    ordered,
    publish,
    read,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NARROW = columns(id=INT, f=T.FloatType(), d=T.DecimalType(6, 2), a=T.ArrayType(INT), m=T.MapType(TEXT, T.ShortType()))
WIDE = columns(
    id=LONG, f=T.DoubleType(), d=T.DecimalType(20, 4), a=T.ArrayType(LONG), m=T.MapType(TEXT, INT), new=TEXT
)  # fmt: skip


def test_wider_types_hold_the_same_values_for_every_reader_and_other_days_are_rewritten(
    tmp_path: Path, spark: SparkSession
) -> None:
    old = {"id": -(2**31), "f": 0.1, "d": Decimal("9999.99"), "a": [1, None], "m": [("k", 7)]}
    new = {"id": 2**40, "f": 0.1, "d": Decimal("1.2345"), "a": [2**40], "m": [("k", 2**30)], "new": "x"}
    table = create(str(tmp_path / "t"), NARROW, {MONDAY: [old, {"id": 1}], TUESDAY: [old], WEDNESDAY: [old]})
    done = publish(table, WIDE, {TUESDAY: [new]}, "widen")
    assert done.version() == 1
    kept = {"id": -(2**31), "f": float(pa.scalar(0.1, pa.float32()).as_py()), "d": Decimal("9999.9900"), "new": None}
    assert ordered(pl.read_delta(done.table_uri).drop("m").to_dicts()) == [
        day(MONDAY, id=-(2**31), f=kept["f"], d=kept["d"], a=[1, None], new=None),
        day(MONDAY, id=1, f=None, d=None, a=None, new=None),
        day(TUESDAY, id=2**40, f=0.1, d=Decimal("1.2345"), a=[2**40], new="x"),
        day(WEDNESDAY, id=-(2**31), f=kept["f"], d=kept["d"], a=[1, None], new=None),
    ]
    by_engine = [row.asDict() for row in spark.read.format("delta").load(done.table_uri).collect()]
    by_delta = [{**row, "m": row["m"] and dict(row["m"])} for row in read(done)]
    assert ordered(by_engine) == by_delta
    physical = {f.type for f in done.to_pyarrow_dataset().get_fragments() for f in f.physical_schema if f.name == "id"}
    assert physical == {pa.int64()}


VALUES = st.fixed_dictionaries(
    {
        "id": st.none() | st.integers(-(2**31), 2**31 - 1),
        "f": st.none() | st.floats(width=32),
        "d": st.none() | st.decimals("-9999.99", "9999.99", places=2),
        "a": st.none() | st.lists(st.none() | st.integers(-(2**31), 2**31 - 1), max_size=3),
        "m": st.none() | st.dictionaries(st.text("kl", max_size=2), st.integers(-(2**15), 2**15 - 1)).map(
            lambda d: list(d.items())
        ),
    }
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(VALUES, min_size=1, max_size=6))
def test_no_value_changes_when_its_type_grows(rows: Rows) -> None:
    with tempfile.TemporaryDirectory() as folder:
        numbered = [{**row, "a": [i, *(row["a"] or [])]} for i, row in enumerate(rows)]
        table = create(folder, NARROW, {MONDAY: numbered})
        before = by_number(table)
        done = publish(table, WIDE, {TUESDAY: []}, "widen")
        assert [{**row, "new": None} for row in before] == by_number(done)


def by_number(table: DeltaTable) -> Rows:
    rows = sorted(pa.RecordBatchReader.from_stream(table.scan()).read_all().to_pylist(), key=lambda row: row["a"][0])
    return [{**row, "f": "NaN" if row["f"] is not None and math.isnan(row["f"]) else row["f"]} for row in rows]


def test_rows_are_rewritten_in_groups_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "GROUP_ROWS", 10_000)
    table = create(str(tmp_path / "t"), columns(id=INT), {MONDAY: [{"id": i} for i in range(50_000)], TUESDAY: []})
    how = plan(table, columns(id=LONG), Range("day", (TUESDAY,)), "widen")
    (file,) = rewrite(table, how)
    footer = pa.parquet.read_metadata(tmp_path / "t" / file.path)
    assert file.rows == 50_000
    assert max(footer.row_group(i).num_rows for i in range(footer.num_row_groups)) < 20_000
    assert footer.num_row_groups < 6


def test_a_rewrite_that_fails_leaves_nothing_staged(tmp_path: Path) -> None:
    table = create(str(tmp_path / "t"), OLD, {MONDAY: [{"id": 1}], TUESDAY: [{"id": 2}]})
    how = plan(table, columns(id=LONG, item=TEXT), Range("day", (WEDNESDAY,)), "widen")
    gone = next(path for path in table.file_uris() if TUESDAY in path)
    Path(gone.removeprefix("file://")).unlink()
    folders = set((tmp_path / "t").iterdir())
    with pytest.raises(Exception, match=r"(?i)not found|no such file"):
        rewrite(table, how)
    assert set((tmp_path / "t").iterdir()) == folders
