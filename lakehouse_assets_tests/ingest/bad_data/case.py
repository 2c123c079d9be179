"""One case of bad data, and how its bytes are made."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lakehouse_assets.ingest.sources import Source, csv, json_lines, parquet

AB = pa.schema([("a", pa.string()), ("b", pa.string())])
CSV, JSON, PARQUET = csv("x"), json_lines("x"), parquet("x")


@dataclass(frozen=True)
class Case:
    """One kind of bad data. Of the outcomes, `unreadable` excludes the others; rows are (a, b) unless keyed."""

    id: str
    arrives: str
    happens: str
    why: str
    content: Callable[[], bytes]
    source: Source = CSV
    columns: pa.Schema = AB
    rows: tuple[tuple[Any, ...], ...] = ()
    bad: tuple[tuple[int | None, int, str], ...] = ()  # line, record, part of the reason
    extra: tuple[str | None, ...] | None = None
    unreadable: str | None = None


def text(value: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: value.encode(encoding)


def raw(value: bytes) -> Callable[[], bytes]:
    return lambda: value


def table(**columns: pa.Array) -> Callable[[], bytes]:
    def build() -> bytes:
        sink = io.BytesIO()
        pq.write_table(pa.table(columns), sink)
        return sink.getvalue()

    return build


def archive(codec: str, value: bytes, *, cut: int | None = None) -> Callable[[], bytes]:
    def build() -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as stream:
            stream.write(value)
        return sink.getvalue().to_pybytes()[:cut]

    return build


def one(name: str, kind: pa.DataType) -> pa.Schema:
    return pa.schema([(name, kind)])


AGAIN = "Ask for the file again."
ONE = (("1", "2"),)
PLAIN = b"a,b\n1,2\n"
