"""Reading one delivery, whatever its format: the one way in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakehouse_assets.ingest.readers.content import Content
from lakehouse_assets.ingest.readers.csv_fast import SuspiciousError, read_fast
from lakehouse_assets.ingest.readers.csv_tolerant import read_tolerant
from lakehouse_assets.ingest.readers.json_lines import read_json_lines
from lakehouse_assets.ingest.readers.parquet import read_parquet
from lakehouse_assets.ingest.readers.pieces import Piece, UnreadableFileError
from lakehouse_assets.ingest.readers.shaping import MisfitError, shape
from lakehouse_assets.ingest.readers.text import codec_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.fs import FileSystem

    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.sources import Source

NAMES = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}


def read_delivery(system: FileSystem, delivery: Delivery, source: Source, columns: pa.Schema) -> Iterator[Piece]:
    """Every record of a file, in order, as a row or as malformed; at least one piece, of at most 65,536 rows.

    Memory is bounded whatever the size of the file. Raises UnreadableFileError where the file is not what `source`
    declares, possibly after pieces that are then worth nothing; ChangedWhileReadError where it is not the file that
    was found; and OSError, as it comes, where the store fails.
    """
    import pyarrow as pa

    content = Content(system, delivery)
    try:
        yield from _pieces(content, source, columns)
    except UnreadableFileError as error:
        content.check_unchanged()
        raise UnreadableFileError(error.reason, where=delivery.path, remedy=error.remedy) from error
    except (pa.ArrowException, OSError, EOFError, UnicodeError) as error:
        if content.store_error is not None:
            raise content.store_error from error
        content.check_unchanged()
        raise UnreadableFileError(_reason(content, source, error), where=delivery.path) from error
    content.check_unchanged()


def _pieces(content: Content, source: Source, columns: pa.Schema) -> Iterator[Piece]:
    if source.format == "parquet":
        if not content.head:
            raise UnreadableFileError("it is empty, not even a Parquet footer")
        for block in read_parquet(content, source, columns):
            yield shape(block, columns)
        return
    content.refuse_other_kinds(NAMES[source.format])
    codec = codec_of(content, source.encoding)
    if source.format == "jsonl":
        for block in read_json_lines(content, columns, codec):
            yield shape(block, columns)
        return
    if not content.head:
        raise UnreadableFileError("it is empty, not even a header line" if source.header else "it is empty")
    yield from _csv(content, source, columns, codec)


def _csv(content: Content, source: Source, columns: pa.Schema, codec: str) -> Iterator[Piece]:
    """Fast where the file is well-formed; what is not is read again, from where the rows were still right."""
    done = 0
    try:
        for block in read_fast(content, source, columns, codec):
            piece = shape(block, columns)
            done += len(block.numbers)
            yield piece
    except (SuspiciousError, MisfitError):
        for block in read_tolerant(content, source, columns, codec, done):
            yield shape(block, columns)


def _reason(content: Content, source: Source, error: BaseException) -> str:
    kind = f"{content.compression} archive" if content.compression else NAMES[source.format]
    said = " ".join(str(error).split())
    return f"the {kind} is cut off or damaged: {said}"
