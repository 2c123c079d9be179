"""Rows in batches of bounded size, however wide they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData

# Rows of small batches are held until there are so many, or so many bytes of them: then they are one row group.
GROUP_ROWS, GROUP_BYTES = 131_072, 64 * 1024 * 1024
FEWEST = 256  # rows that are read at a time, however wide


def in_groups(batches: Iterable[pa.RecordBatch], most: int = GROUP_BYTES) -> Iterator[pa.RecordBatch]:
    """The rows of small batches in such that make a row group each, of about `most` bytes."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= GROUP_ROWS or size >= most:
            yield pa.concat_batches(held)
            held, rows, size = [], 0, 0
    if rows:
        yield pa.concat_batches(held)


def rows_within(size_bytes: int, footer: FileMetaData, most: int) -> int:
    """How many rows of a Parquet file, at most so many, take about these bytes in its widest row group.

    Of texts that repeat a footer tells less than they take once they are read.
    """
    groups = [footer.row_group(i) for i in range(footer.num_row_groups)]
    widest = max((group.total_byte_size / max(group.num_rows, 1) for group in groups), default=1)
    return max(FEWEST, min(most, int(size_bytes / max(widest, 1))))
