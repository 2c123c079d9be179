"""CSV by Arrow's reader, for files that are beyond suspicion."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lakehouse_assets.ingest.readers.content import CHUNK
from lakehouse_assets.ingest.readers.csv_tolerant import header_of, records
from lakehouse_assets.ingest.readers.pieces import ROWS
from lakehouse_assets.ingest.readers.shaping import Block
from lakehouse_assets.ingest.readers.text import UTF8, lines

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.ingest.readers.content import Content
    from lakehouse_assets.ingest.sources import Source

BLOCK = 4 << 20
BOM_BYTES = 3


class SuspiciousError(Exception):
    """Something in the file needs the tolerant reader; blocks given so far are right."""


def read_fast(content: Content, source: Source, columns: pa.Schema, codec: str) -> Iterator[Block]:
    """The rows of a well-formed CSV file, at least one block.

    Raises SuspiciousError, possibly after some blocks, where the file is not well-formed, and UnreadableFileError
    where its header does not name the contract's columns once each.
    """
    import pyarrow as pa
    from pyarrow import csv

    if not source.delimiter.isascii():
        raise SuspiciousError
    names = tuple(columns.names)
    if source.header:
        names = header_of(records(lines(_opened(content), codec), source.delimiter, codec), columns, source.optional)
    first = 1
    try:
        quotes = _check_quotes(_chunks(content, codec), source.delimiter)
        with _utf8(content, codec) as stream:
            reader = csv.open_csv(
                stream,
                read_options=csv.ReadOptions(
                    use_threads=False, block_size=BLOCK, column_names=None if source.header else names
                ),
                parse_options=csv.ParseOptions(delimiter=source.delimiter, newlines_in_values=quotes),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=True,
                    null_values=[""],
                    quoted_strings_can_be_null=False,
                    check_utf8=content.whole is None or not content.whole.isascii(),
                ),
            )
            if tuple(reader.schema.names) != names:
                raise SuspiciousError
            for batch in reader:
                for start in range(0, batch.num_rows, ROWS):
                    block = _block(names, batch.slice(start, ROWS), first)
                    first += len(block.numbers)
                    yield block
            if first == 1:
                yield _block(names, pa.RecordBatch.from_pylist([], reader.schema), first)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        raise SuspiciousError from None


def _block(names: tuple[str, ...], batch: pa.RecordBatch, first: int) -> Block:
    import numpy as np
    import pyarrow as pa

    numbers = pa.array(np.arange(first, first + batch.num_rows, dtype="int64"))
    return Block(names, dict(zip(names, batch.columns, strict=True)), numbers, rereadable=True)


def _opened(content: Content) -> Any:
    return io.BytesIO(content.whole) if content.whole is not None else content.open()


def _utf8(content: Content, codec: str) -> pa.NativeFile:
    """The text as UTF-8 bytes."""
    import pyarrow as pa

    if codec not in UTF8:
        return pa.PythonFile(_Recoded(content, codec), mode="r")
    return pa.BufferReader(content.whole) if content.whole is not None else content.open()


def _chunks(content: Content, codec: str) -> Iterator[memoryview]:
    """The UTF-8 bytes in chunks, without a byte order mark."""
    if codec in UTF8 and content.whole is not None:
        whole = memoryview(content.whole)[BOM_BYTES if codec == "utf-8-sig" else 0 :]
        yield from (whole[at : at + CHUNK] for at in range(0, len(whole), CHUNK))
        return
    with _utf8(content, codec) as stream:
        if codec == "utf-8-sig":
            stream.read(BOM_BYTES)
        while chunk := stream.read(CHUNK):
            yield memoryview(chunk)


class _Recoded(io.RawIOBase):
    """Text of another encoding as UTF-8 bytes; raises UnicodeDecodeError where it is no text."""

    def __init__(self, content: Content, codec: str) -> None:
        self._text = io.TextIOWrapper(_opened(content), encoding=codec, newline="")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, and fewer only at the end."""
        wanted = size if size >= 0 else 1 << 62
        parts, have = [self._rest], len(self._rest)
        while have < wanted and (text := self._text.read(min(CHUNK, wanted - have))):
            parts.append(text.encode())
            have += len(parts[-1])
        data = b"".join(parts)
        self._rest = data[wanted:]
        return data[:wanted]

    def close(self) -> None:
        self._text.close()
        super().close()


def _check_quotes(chunks: Iterator[memoryview], delimiter: str) -> bool:
    """Whether there are quotes at all. Raises SuspiciousError where one does not stand at the edge of a value.

    Arrow reads `1,"x` up to the next quote, however many lines away, as one value; only here it shows.
    """
    import numpy as np

    edge = np.zeros(256, bool)
    edge[list(b'\r\n"' + delimiter.encode())] = True
    any_quotes = opens = False
    before = ord("\n")
    for chunk, following in pairwise(_with_end(chunks)):
        data = np.frombuffer(chunk, np.uint8)
        at = np.flatnonzero(data == ord('"'))
        if len(at):
            any_quotes = True
            left = data[at - 1]
            right = data[np.minimum(at + 1, len(data) - 1)]
            if at[0] == 0:
                left[0] = before
            if at[-1] == len(data) - 1:
                right[-1] = following[0]
            # Quotes open and close in turn; a doubled one closes and opens again.
            first, second = (right, left) if opens else (left, right)
            if not (edge[first[::2]].all() and edge[second[1::2]].all()):
                raise SuspiciousError
            opens ^= bool(len(at) % 2)
        before = int(data[-1])
    # Arrow reads nothing behind the last separator as quoted nothing where no line end follows.
    if opens or before == ord(delimiter):
        raise SuspiciousError
    return any_quotes


def _with_end(chunks: Iterator[memoryview]) -> Iterator[memoryview]:
    yield from chunks
    yield memoryview(b"\n")
