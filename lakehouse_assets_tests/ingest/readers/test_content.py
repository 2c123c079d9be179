"""Bytes of deliveries: large ones, archives that explode, stores that fail, files that change."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow.fs import LocalFileSystem

from lakehouse_assets.ingest.readers import (
    ChangedWhileReadError,
    UnreadableFileError,
    content_fingerprint,
    read_delivery,
)
from lakehouse_assets.ingest.readers.content import HELD
from lakehouse_assets.ingest.sources import csv, json_lines, parquet
from lakehouse_assets_tests.ingest.readers.reading import delivery_of, read, text_columns

AB = text_columns("a", "b")


def test_a_fingerprint_is_of_the_bytes_alone(tmp_path: Path) -> None:
    for name, content in (("x", b"1"), ("y", b"1"), ("z", b"2"), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
    os.utime(tmp_path / "y", ns=(1, 1))
    x, y, z, empty = (
        content_fingerprint(LocalFileSystem(), delivery_of(tmp_path / n)) for n in ("x", "y", "z", "empty")
    )
    assert x == y
    assert len({x, z, empty}) == 3
    assert all(0 < number < 1 << 63 for number in (x, z, empty))


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.csv.zst"])
@pytest.mark.parametrize("compressed", [False, True])
def test_the_first_bytes_and_not_the_name_say_whether_a_file_is_compressed(
    tmp_path: Path, name: str, compressed: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"a,b\n1,2\n") if compressed else b"a,b\n1,2\n")
    (piece,) = read_delivery(LocalFileSystem(), delivery_of(path), csv("x"), AB)
    assert piece.rows.to_pylist() == [{"a": "1", "b": "2", "_source_extra": None}]
    raw = tmp_path / "raw"
    raw.write_bytes(path.read_bytes())
    assert content_fingerprint(LocalFileSystem(), delivery_of(path)) == content_fingerprint(
        LocalFileSystem(), delivery_of(raw)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_too_large_to_be_held_is_streamed_with_the_same_outcome(encoding: str) -> None:
    lines = [f'{i},"{"é" * 40}"\n' for i in range(HELD // 88)]
    lines[-2] = "1,2,3\n"
    content = ("a,b\n" + "".join(lines)).encode(encoding)
    assert len(content) > HELD
    found = read(content, csv("x"), AB)
    assert (len(found.rows), found.numbers[-1]) == (len(lines) - 1, len(lines))
    assert [(bad.line, bad.row) for bad in found.malformed] == [(len(lines), len(lines) - 1)]
    assert found.rows[-1] == {"a": str(len(lines) - 1), "b": "é" * 40, "_source_extra": None}


def test_a_cut_archive_is_told_from_its_end_even_after_pieces_were_given(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    numbers = os.urandom(30 << 20).hex()
    rows = "".join(f"{i},{numbers[i * 60 : i * 60 + 60]}\n" for i in range(len(numbers) // 60))
    path.write_bytes(gzip.compress(f"a,b\n{rows}".encode(), 1)[:-10])
    pieces = read_delivery(LocalFileSystem(), delivery_of(path), csv("x"), AB)
    with pytest.raises(UnreadableFileError, match="gzip archive is cut off or damaged") as error:
        list(pieces)
    assert str(path) in str(error.value)
    assert str(path) not in error.value.reason


# Not by `getrusage`, which tells of a process what the one that started it had reached, here whatever ran before.
READ_IT = """
import sys
from pathlib import Path
from pyarrow.fs import LocalFileSystem
from lakehouse_assets.ingest.readers import read_delivery
from lakehouse_assets.ingest.sources import csv
from lakehouse_assets.publish.effort import peak_memory_bytes
from lakehouse_assets_tests.ingest.readers.reading import delivery_of, text_columns
def peak(name):
    pieces = read_delivery(LocalFileSystem(), delivery_of(Path(name)), csv("x"), text_columns("a", "b"))
    rows = sum(piece.rows.num_rows + len(piece.malformed) for piece in pieces)
    return rows, peak_memory_bytes() >> 20
small, bomb = peak(sys.argv[1]), peak(sys.argv[2])
print(bomb[0], bomb[1] - small[1])
"""


@pytest.mark.parametrize("line", [b"1,2\n", b"", b'"'], ids=["lines", "one endless line", "quotes"])
def test_an_archive_of_a_gigabyte_stays_in_bounded_memory(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "small").write_bytes(b"a,b\n" + b"1,2\n" * 100_000)
    with gzip.open(tmp_path / "bomb", "wb", compresslevel=1) as bomb:
        bomb.write(b"a,b\n")
        for _ in range(64 if line == b"1,2\n" else 512):
            bomb.write((line or b"x") * ((1 << 20) // max(len(line), 1)))
    assert (tmp_path / "bomb").stat().st_size < 8 << 20
    found = subprocess.run(
        [sys.executable, "-c", READ_IT, tmp_path / "small", tmp_path / "bomb"],
        check=True,
        capture_output=True,
        text=True,
    )
    rows, more_mib = map(int, found.stdout.split())
    assert rows == (64 << 18 if line == b"1,2\n" else 1)
    assert more_mib < 200


def test_a_file_that_may_not_be_read_is_the_stores_error_and_not_the_files(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n")
    delivery = delivery_of(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match="directory") as error:
        list(read_delivery(LocalFileSystem(), delivery, csv("x"), AB))
    assert not isinstance(error.value, UnreadableFileError)


@pytest.mark.parametrize("change", ["longer", "touched", "gone"])
def test_a_file_that_changes_while_it_is_read_is_worth_another_try(tmp_path: Path, change: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1,2\n")
    pieces = read_delivery(LocalFileSystem(), delivery_of(path), csv("x"), AB)
    next(pieces)
    if change == "longer":
        path.write_bytes(b"a,b\n1,2\n3,4\n")
    elif change == "touched":
        os.utime(path, ns=(1, 1))
    else:
        path.unlink()
    with pytest.raises(ChangedWhileReadError, match="run again") as error:
        list(pieces)
    assert not error.value.permanent


def test_a_file_replaced_before_it_is_opened_is_worth_another_try_even_if_it_is_damaged_now(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for source in (csv("x"), json_lines("x"), parquet("x")):
        path.write_bytes(b"a,b\n1,2\n")
        delivery = delivery_of(path)
        path.write_bytes(b"")
        with pytest.raises(ChangedWhileReadError):
            list(read_delivery(LocalFileSystem(), delivery, source, AB))
        path.unlink()
        with pytest.raises(ChangedWhileReadError):
            list(read_delivery(LocalFileSystem(), delivery, source, AB))
