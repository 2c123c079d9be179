"""Parquet: columns in their types, brought into the contract's where nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakehouse_assets.ingest.readers.names import check_names
from lakehouse_assets.ingest.readers.pieces import PIECE_BYTES, ROWS, UnreadableFileError
from lakehouse_assets.ingest.readers.shaping import Block
from lakehouse_assets.publish.batches import rows_within

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.ingest.readers.content import Content
    from lakehouse_assets.ingest.sources import Source

MAGIC = b"PAR1"


def read_parquet(content: Content, source: Source, columns: pa.Schema) -> Iterator[Block]:
    """The rows of a Parquet file, at least one block.

    Raises UnreadableFileError where it is not Parquet or lacks a column of the contract, and Arrow's errors where
    it is damaged.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    if content.compression:
        raise UnreadableFileError(f"it is compressed with {content.compression} as a whole, not Parquet")
    if not content.head.startswith(MAGIC):
        raise UnreadableFileError("it is not Parquet")
    with content.open_seekable() as file, pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20) as parquet:
        names = tuple(parquet.schema_arrow.names)
        check_names(names, columns.names, source.optional)
        first, rows = 1, rows_within(4 * PIECE_BYTES, parquet.metadata, ROWS)
        for batch in parquet.iter_batches(batch_size=rows, use_threads=False):
            numbers = pa.array(np.arange(first, first + batch.num_rows, dtype="int64"))
            first += batch.num_rows
            yield Block(names, dict(zip(names, batch.columns, strict=True)), numbers)
        if first == 1:
            empty = pa.RecordBatch.from_pylist([], parquet.schema_arrow)
            yield Block(names, dict(zip(names, empty.columns, strict=True)), pa.array([], pa.int64()))
