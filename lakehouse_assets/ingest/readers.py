"""Readers: one delivered file as Arrow batches, every value as it was delivered."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from lakehouse_assets.errors import DeliveryError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.fs import FileSystem

    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.sources import Format

ROWS = 65_536  # of one batch: bounds memory
SHOWN = 5  # malformed lines named in an error
RESEND = "ask the sender for the file again, or move it out of the landing zone and repeat the run"


def read_batches(system: FileSystem, delivery: Delivery, format_: Format) -> Iterator[pa.RecordBatch]:
    """The rows of a file in their order, in batches; text formats give text columns.

    Raises DeliveryError, naming the file, what is wrong and where, for a file that is not in its format.
    """
    import pyarrow as pa

    reader = {"csv": _csv, "jsonl": _json_lines, "parquet": _parquet}[format_]
    try:
        yield from reader(system, delivery)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, UnicodeDecodeError) as error:
        raise DeliveryError(f"not readable as {format_}: {error}", where=delivery.path, remedy=RESEND) from error


def _csv(system: FileSystem, delivery: Delivery) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    header = _csv_header(system, delivery)
    malformed: list[str] = []

    def remember(row: Any) -> str:
        malformed.append(
            f"line {row.number}: {row.actual_columns} values for {row.expected_columns} columns: {row.text}"
        )
        return "skip"

    with system.open_input_stream(delivery.path) as stream:
        reader = arrow_csv.open_csv(
            stream,
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=1 << 22),
            parse_options=arrow_csv.ParseOptions(invalid_row_handler=remember, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=False,
            ),
        )
        yield from reader
    if malformed:
        more = f" and {len(malformed) - SHOWN} more" if len(malformed) > SHOWN else ""
        raise DeliveryError("malformed CSV, " + "; ".join(malformed[:SHOWN]) + more, where=delivery.path, remedy=RESEND)


def _csv_header(system: FileSystem, delivery: Delivery) -> list[str]:
    with system.open_input_stream(delivery.path) as stream:
        first = stream.read(1 << 16).decode("utf-8-sig", errors="replace")
    names = next(csv.reader(first.splitlines()), [])
    if not names:
        raise DeliveryError("the file is empty, not even a header line", where=delivery.path, remedy=RESEND)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DeliveryError(f"the header names columns {twice} twice", where=delivery.path, remedy=RESEND)
    return names


def _json_lines(system: FileSystem, delivery: Delivery) -> Iterator[pa.RecordBatch]:
    import io

    with system.open_input_stream(delivery.path) as stream:
        yield from _json_batches(io.TextIOWrapper(stream, encoding="utf-8-sig"), delivery)


def _json_batches(lines: IO[str], delivery: Delivery) -> Iterator[pa.RecordBatch]:
    rows: list[dict[str, str | None]] = []
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
        except ValueError as error:
            raise DeliveryError(
                f"line {number} is not JSON: {error}: {line[:200].rstrip()}", where=delivery.path, remedy=RESEND
            ) from None
        if not isinstance(value, dict):
            raise DeliveryError(
                f"line {number} is no JSON object: {line[:200].rstrip()}", where=delivery.path, remedy=RESEND
            )
        rows.append({key: _text(item) for key, item in value.items()})
        if len(rows) == ROWS:
            yield _batch(rows)
            rows = []
    if rows:
        yield _batch(rows)


def _batch(rows: list[dict[str, str | None]]) -> pa.RecordBatch:
    import pyarrow as pa

    names = dict.fromkeys(name for row in rows for name in row)
    return pa.record_batch([pa.array([row.get(n) for row in rows], pa.string()) for n in names], names=list(names))


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parquet(system: FileSystem, delivery: Delivery) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    with system.open_input_file(delivery.path) as file, pq.ParquetFile(file) as parquet:
        yield from parquet.iter_batches(batch_size=ROWS)


# TEMPORARY
from dataclasses import dataclass


@dataclass(frozen=True)
class Malformed:
    line: int | None
    row: int
    reason: str
    text: str


@dataclass(frozen=True)
class Piece:
    rows: Any
    numbers: Any
    malformed: tuple[Malformed, ...]
    names: tuple[str, ...]


class UnreadableFileError(DeliveryError):
    @property
    def reason(self):
        return self.what


def content_fingerprint(system, delivery):
    import hashlib

    with system.open_input_stream(delivery.path, compression=None) as s:
        return (int.from_bytes(hashlib.blake2b(s.read(), digest_size=8).digest(), "big") >> 1) or 1


def read_delivery(system, delivery, source, columns):
    import pyarrow as pa

    row = 1
    try:
        for b in read_batches(system, delivery, source.format):
            arrays = [b.column(f.name).cast(f.type) for f in columns] + [pa.nulls(b.num_rows, pa.string())]
            yield Piece(
                pa.record_batch(arrays, names=[*columns.names, "_source_extra"]),
                pa.array(range(row, row + b.num_rows), pa.int64()),
                (),
                tuple(b.schema.names),
            )
            row += b.num_rows
    except DeliveryError as e:
        raise UnreadableFileError(e.what) from e
