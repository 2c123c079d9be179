"""Reading bytes in tests: as one file in a folder, every piece of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow.fs import LocalFileSystem

from lakehouse_assets.ingest.deliveries import Delivery
from lakehouse_assets.ingest.readers import Malformed, Piece, read_delivery
from lakehouse_assets.ingest.readers.content import Content
from lakehouse_assets.ingest.sources import Source


@dataclass(frozen=True)
class Read:
    """What a file amounted to."""

    rows: list[dict[str, Any]]
    numbers: list[int]
    malformed: list[Malformed]
    names: tuple[str, ...]


def text_columns(*names: str) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in names])


def delivery_of(path: Path) -> Delivery:
    return Delivery(str(path), path.name, path.stat().st_size, path.stat().st_mtime_ns, "")


def gather(pieces: list[Piece]) -> Read:
    return Read(
        [row for piece in pieces for row in piece.rows.to_pylist()],
        [number for piece in pieces for number in piece.numbers.to_pylist()],
        [bad for piece in pieces for bad in piece.malformed],
        pieces[-1].names,
    )


def read(content: bytes, source: Source, columns: pa.Schema) -> Read:
    """Every record of a file with this content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(content)
        pieces = list(read_delivery(LocalFileSystem(), delivery_of(path), source, columns))
    for piece in pieces:
        assert piece.rows.schema == pa.schema([*columns, ("_source_extra", pa.string())])
        assert piece.rows.num_rows == len(piece.numbers) <= 65_536
        piece.rows.validate(full=True)
    return gather(pieces)


def opened(path: Path, content: bytes) -> Content:
    path.write_bytes(content)
    return Content(LocalFileSystem(), delivery_of(path))
