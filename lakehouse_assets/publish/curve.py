"""Where rows lie on a curve through some of their columns: rows of near values get near numbers.

delta-rs has such a curve, but on whole numbers it puts rows of any value into every file, for most ranges of values.
By one column it sorts well; that column is made here, from ranks, so that no kind or spread of values matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

CURVE = "_curve"  # the column; readers of the table do not see it
BITS = 18  # of a number, shared by the columns: few enough that sorted ones take next to no room
SAMPLE = 200_000  # rows from which the ranks are taken
LONGEST = 32  # bytes of a text that count; of longer ones no bounds are kept


def boundaries(batches: Iterable[pa.RecordBatch], rows: int, columns: Sequence[str]) -> list[np.ndarray[Any, Any]]:
    """For each column the values that divide a sample of its rows evenly, in order."""
    import numpy as np

    step, first = max(1, rows // SAMPLE), 0
    found: list[list[np.ndarray[Any, Any]]] = [[] for _ in columns]
    for batch in batches:
        chosen = np.arange(first, batch.num_rows, step)
        first = (first - batch.num_rows) % step
        for values, name in zip(found, columns, strict=True):
            array = batch.column(name).take(chosen).drop_null()
            if len(array):
                values.append(_sortable(array))
    parts = _last(len(columns))
    return [_even(np.sort(np.concatenate(values)), parts) if values else np.empty(0) for values in found]


def with_curve(
    batches: Iterable[pa.RecordBatch], columns: Sequence[str], bounds: Sequence[np.ndarray[Any, Any]]
) -> Iterator[pa.RecordBatch]:
    """The batches with the column `CURVE`, by the ranks that their values have between `bounds`."""
    import pyarrow as pa

    for batch in batches:
        ranks = [_ranks(batch.column(name), edges, len(columns)) for name, edges in zip(columns, bounds, strict=True)]
        yield batch.append_column(CURVE, pa.array(_woven(ranks), pa.int64()))


def _last(columns: int) -> int:
    """The greatest rank, of one of so many columns."""
    return (1 << (BITS // columns)) - 1


def _even(ordered: np.ndarray[Any, Any], parts: int) -> np.ndarray[Any, Any]:
    import numpy as np

    if len(ordered) < parts:
        return np.unique(ordered)
    return np.unique(ordered[np.linspace(0, len(ordered) - 1, parts, dtype=np.int64)])


def _ranks(array: pa.Array, edges: np.ndarray[Any, Any], columns: int) -> np.ndarray[Any, Any]:
    """From 0, for NULL, up to all the bits that a column has, however few different values there are."""
    import numpy as np

    ranks = np.zeros(len(array), dtype=np.int64)
    valid = np.asarray(array.is_valid())
    if len(edges) and valid.any():
        found = np.searchsorted(edges, _sortable(array.drop_null()), side="right")
        ranks[valid] = found * _last(columns) // len(edges)
    return ranks


def _woven(ranks: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """One number of several, a bit of each in turn."""
    import numpy as np

    woven = np.zeros(len(ranks[0]), dtype=np.int64)
    for place, column in enumerate(reversed(ranks)):
        for bit in range(BITS // len(ranks)):
            woven |= ((column >> bit) & 1) << (bit * len(ranks) + place)
    return woven


def _sortable(array: pa.Array) -> np.ndarray[Any, Any]:
    """Values without NULL as numpy compares them, in the order that the engine has."""
    import numpy as np
    import pyarrow as pa

    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array([text[:LONGEST] for text in array.cast(pa.binary()).to_pylist()], dtype=f"S{LONGEST}")
    if pa.types.is_decimal(kind):
        return np.asarray(array.cast(pa.float64()))
    if pa.types.is_timestamp(kind):
        return np.asarray(array.cast(pa.int64()))
    if pa.types.is_date(kind):
        return np.asarray(array.cast(pa.int32()))
    return np.asarray(array.to_numpy(zero_copy_only=False))
