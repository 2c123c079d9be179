"""Parquet: a value arrives unchanged or its row is malformed; a damaged file is never half a table."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse_assets.ingest.readers import UnreadableFileError
from lakehouse_assets.ingest.sources import parquet
from lakehouse_assets_tests.ingest.readers.reading import read, text_columns

SOURCE = parquet("x")
NUMBERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint64(), pa.float32(), pa.float64(), pa.decimal128(12, 2)]
# What a contract may say.
WANTED = [t for t in NUMBERS if t != pa.uint64()]


def file(**columns: pa.Array) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


@given(st.data(), st.sampled_from(NUMBERS), st.sampled_from(WANTED))
@settings(max_examples=400)
def test_a_number_arrives_as_the_same_number_or_not_at_all(
    data: st.DataObject, delivered: pa.DataType, wanted: pa.DataType
) -> None:
    numbers = st.integers(-130, 130) | st.integers(-(2**63), 2**64) | st.floats() | st.decimals(-999, 999, places=2)
    candidates = data.draw(st.lists(st.none() | numbers, max_size=6))
    array = pa.array([as_delivered(value, delivered) for value in candidates], delivered)
    found = read(file(n=array), SOURCE, pa.schema([("n", wanted)]))
    arrived = dict(zip(found.numbers, (row["n"] for row in found.rows), strict=True))
    bad = {record.row for record in found.malformed}
    for number, value in enumerate(array.to_pylist(), start=1):
        if number in bad:
            assert value is not None
            assert number not in arrived
        else:
            same(value, arrived[number], delivered, wanted)


def as_delivered(value: Any, kind: pa.DataType) -> Any:
    """The value as one of this type, NULL where it is none."""
    if value is None:
        return None
    try:
        if pa.types.is_integer(kind):
            return pa.scalar(int(value), kind).as_py()
        if pa.types.is_floating(kind):
            return pa.scalar(float(value), pa.float64()).cast(kind).as_py()
        return pa.scalar(str(value)).cast(kind).as_py()
    except (pa.ArrowInvalid, OverflowError, ValueError, TypeError):
        return None


def same(value: Any, arrived: Any, delivered: pa.DataType, wanted: pa.DataType) -> None:
    if isinstance(value, float) and math.isnan(value):
        assert math.isnan(arrived)
    elif pa.types.is_decimal(delivered) != pa.types.is_decimal(wanted) and value is not None:
        # 1.1 as a float and 1.10 as a decimal are the same number as far as a float can tell.
        assert math.isclose(float(value), float(arrived), rel_tol=1e-6)
    else:
        assert value == arrived


@given(st.data())
@settings(max_examples=300)
def test_a_file_with_flipped_or_missing_bytes_is_read_whole_or_unreadable(data: st.DataObject) -> None:
    content = bytearray(file(a=pa.array(["x", None, "zz"] * 40), b=pa.array(["1"] * 120)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(1, len(content)))
    try:
        found = read(bytes(content[:cut]), SOURCE, text_columns("a", "b"))
    except UnreadableFileError:
        return
    numbers = sorted([*found.numbers, *(bad.row for bad in found.malformed)])
    assert numbers == [*range(1, len(numbers) + 1)]


def test_a_malformed_row_says_every_value_that_does_not_fit_and_the_row_as_it_came() -> None:
    content = file(
        a=pa.array([1, 2**40]), b=pa.array([0.5, 0.1]), t=pa.array([0, 1], pa.timestamp("ns")), s=pa.array(["ü", "x"])
    )
    columns = pa.schema([("a", pa.int32()), ("b", pa.float32())])
    (bad,) = read(content, SOURCE, columns).malformed
    assert bad.reason == "column a: 1099511627776 does not fit int; column b: 0.1 does not fit float"
    assert (bad.line, bad.row) == (None, 2)
    assert json.loads(bad.text) == {"a": 2**40, "b": 0.1, "t": "1970-01-01T00:00:00.000000001", "s": "x"}


def test_categories_and_large_text_are_text() -> None:
    content = file(a=pa.array(["x", None, "x"]).dictionary_encode(), b=pa.array(["1", "2", None], pa.large_string()))
    found = read(content, SOURCE, text_columns("a", "b"))
    assert [(row["a"], row["b"]) for row in found.rows] == [("x", "1"), (None, "2"), ("x", None)]


def test_many_rows_come_in_pieces_with_numbers_that_go_on() -> None:
    found = read(file(a=pa.array(range(200_000))), SOURCE, pa.schema([("a", pa.int64())]))
    assert found.numbers == [*range(1, 200_001)]
    assert [row["a"] for row in found.rows] == [*range(200_000)]


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us", "UTC"), pa.int64(), pa.bool_()])
def test_nulls_without_a_type_fit_every_column(kind: pa.DataType) -> None:
    assert read(file(a=pa.nulls(2)), SOURCE, pa.schema([("a", kind)])).rows[1]["a"] is None
