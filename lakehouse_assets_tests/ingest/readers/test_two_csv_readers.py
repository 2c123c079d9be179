"""The fast and the tolerant reader are two ways to the same rows."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow.fs import LocalFileSystem

from lakehouse_assets.ingest.readers import UnreadableFileError
from lakehouse_assets.ingest.readers.content import Content
from lakehouse_assets.ingest.readers.csv_fast import SuspiciousError, read_fast
from lakehouse_assets.ingest.readers.csv_tolerant import read_tolerant
from lakehouse_assets.ingest.readers.shaping import Block, shape
from lakehouse_assets.ingest.sources import csv as csv_source
from lakehouse_assets_tests.ingest.readers.reading import Read, delivery_of, gather, read, text_columns

AB = text_columns("a", "b")
SOURCE = csv_source("x")

values = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.text('",\n\r\0 ax', max_size=8)
tables = st.lists(st.tuples(values | st.none(), values | st.none()), max_size=8)
# Text that is nearly CSV finds more than any text at all.
nearly = st.lists(
    st.sampled_from(['"', '""', ",", "\n", "\r", "\r\n", "x", "1,2\n", '1,"2"\n', " ", "\0", "é"]), max_size=25
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def both(folder: Path, content: bytes) -> tuple[Read | None, Read]:
    """What the fast reader makes of a file, None where it declines, and what the tolerant one makes of it."""
    path = folder / "x.csv"
    path.write_bytes(content)
    opened = Content(LocalFileSystem(), delivery_of(path))

    def all_of(blocks: Iterator[Block]) -> Read:
        return gather([shape(block, AB) for block in blocks])

    tolerant = all_of(read_tolerant(opened, SOURCE, AB, "utf-8"))
    try:
        return all_of(read_fast(opened, SOURCE, AB, "utf-8")), tolerant
    except SuspiciousError:
        return None, tolerant


def written(rows: list[tuple[str | None, str | None]], line_end: str) -> bytes:
    """A table as CSV: what needs quotes or is empty is quoted, NULL is nothing."""

    def value(v: str | None) -> str:
        if v is None:
            return ""
        return v if v and not set(v) & set('",\r\n') else '"' + v.replace('"', '""') + '"'

    return "".join(",".join(map(value, row)) + line_end for row in [("a", "b"), *rows]).encode()


@given(tables, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=300)
def test_a_well_formed_table_arrives_as_it_was_by_both_readers(
    folder: Path, rows: list[tuple[str | None, str | None]], line_end: str
) -> None:
    fast, tolerant = both(folder, written(rows, line_end))
    assert fast == tolerant
    assert [(row["a"], row["b"]) for row in tolerant.rows] == rows
    assert tolerant.malformed == []


@given(nearly.map("".join))
@settings(max_examples=1000)
def test_where_the_fast_reader_takes_a_file_the_tolerant_one_agrees(folder: Path, text: str) -> None:
    fast, tolerant = both(folder, f"a,b\n{text}".encode())
    assert fast is None or fast == tolerant


@given(st.binary(max_size=200) | nearly.map(lambda parts: "".join(parts).encode()))
@settings(max_examples=500)
def test_any_bytes_at_all_become_rows_or_malformed_records_numbered_without_a_gap(content: bytes) -> None:
    found = read(b"a,b\n" + content, SOURCE, AB)
    numbers = sorted([*found.numbers, *(bad.row for bad in found.malformed)])
    assert numbers == list(range(1, len(numbers) + 1))
    seen = "".join(bad.text for bad in found.malformed) + "".join(f"{r['a']}{r['b']}" for r in found.rows)
    for byte in content:
        # Quotes and separators are syntax, bytes that are no text are written in hexadecimal digits.
        if chr(byte).isalnum() and byte < 128:
            assert chr(byte) in seen


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_for_a_whole_file_are_read_or_refused_as_unreadable(content: bytes) -> None:
    for source in (SOURCE, csv_source("x", encoding="utf-16-le"), csv_source("x", header=False, encoding="cp1252")):
        with suppress(UnreadableFileError):
            read(content, source, AB)


@given(tables.filter(bool))
@settings(max_examples=100)
def test_pythons_own_csv_reader_finds_the_same_values(folder: Path, rows: list[tuple[str | None, str | None]]) -> None:
    content = written(rows, "\n")
    _, tolerant = both(folder, content)
    theirs = list(csv.reader(io.StringIO(content.decode(), newline="")))[1:]
    assert [[row["a"] or "", row["b"] or ""] for row in tolerant.rows] == theirs


def test_a_damaged_line_far_behind_is_met_by_the_fast_reader_and_told_by_the_tolerant_one() -> None:
    good = b"".join(b"%d,%s\n" % (i, b"x" * 40) for i in range(300_000))
    found = read(b"a,b\n" + good + b"1,2,3\n" + b"4,5\n", SOURCE, AB)
    assert [(bad.line, bad.row, bad.reason, bad.text) for bad in found.malformed] == [
        (300_002, 300_001, "3 values for 2 columns", "1,2,3")
    ]
    assert found.numbers == [*range(1, 300_001), 300_002]
    assert found.rows[299_999]["a"] == "299999"
    assert pa.table({"n": found.numbers}).num_rows == len(found.rows)
