"""Delivered columns into a piece: the contract's columns in its order and types, the others as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakehouse_assets.ingest.provenance import EXTRA
from lakehouse_assets.ingest.readers.as_json import as_json, column_values, extra_column
from lakehouse_assets.ingest.readers.casting import fit, spark_name
from lakehouse_assets.ingest.readers.pieces import Malformed, Piece, malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa


@dataclass
class Block:
    """Some records as they were delivered: columns as named, and where each record stood.

    `names` are the columns in the file's order. `columns` has all of them, or the contract's where `extra` is given; of
    the contract's it lacks those that the file lacks and may lack.

    `lines` and `texts` say how a record of text stood in the file. A block that leaves them out although its file
    is text is `rereadable`: a value that does not fit raises MisfitError, and another reader has to tell.
    """

    names: tuple[str, ...]
    columns: dict[str, pa.Array]
    numbers: pa.Array
    malformed: list[Malformed] = field(default_factory=list)
    lines: Sequence[int] | None = None
    texts: Sequence[str] | None = None
    rereadable: bool = False
    extra: pa.Array | None = None  # where the reader knows better than this module how it was written


class MisfitError(Exception):
    """A value does not fit, in a block that does not know the text of its records."""


def shape(block: Block, columns: pa.Schema) -> Piece:
    """The piece that a block amounts to; records with a value that does not fit are malformed.

    Raises UnreadableFileError for a column of which no value could fit.
    """
    import pyarrow as pa

    arrays = []
    reasons: dict[int, list[str]] = {}
    decoded = block.rereadable or block.texts is not None
    for column in columns:
        delivered = block.columns.get(column.name)
        if delivered is None:  # one that a file may lack
            arrays.append(pa.nulls(len(block.numbers), column.type))
            continue
        values, misfits = fit(delivered, column.type, column.name, decoded=decoded)
        arrays.append(values)
        for i in misfits:
            reasons.setdefault(i, []).append(_reason(delivered, i, column))
    rows = len(block.numbers)
    extra = block.extra
    if extra is None:
        others = {name: array for name, array in block.columns.items() if name not in columns.names}
        extra = extra_column(others, rows)
    batch = pa.RecordBatch.from_arrays([*arrays, extra], schema=columns.append(pa.field(EXTRA, pa.string())))
    if not reasons:
        return Piece(batch, block.numbers, tuple(block.malformed), block.names)
    bad = [*block.malformed, *(_misfit(block, i, "; ".join(why)) for i, why in reasons.items())]
    keep = pa.array([i not in reasons for i in range(rows)])
    ordered = tuple(sorted(bad, key=lambda record: record.row))
    return Piece(batch.filter(keep), block.numbers.filter(keep), ordered, block.names)


def _reason(delivered: pa.Array, position: int, column: pa.Field) -> str:
    (value,) = column_values(delivered.slice(position, 1))
    if isinstance(value, bytes):
        return f"column {column.name}: not UTF-8"
    shown = value if isinstance(value, str) else as_json(value)
    return f"column {column.name}: {shown[:100]} does not fit {spark_name(column.type)}"


def _misfit(block: Block, position: int, reason: str) -> Malformed:
    number = block.numbers[position].as_py()
    if block.lines is not None and block.texts is not None:
        return malformed(block.lines[position], number, reason, block.texts[position])
    if block.rereadable:
        raise MisfitError
    row = {name: column_values(column.slice(position, 1))[0] for name, column in block.columns.items()}
    return malformed(None, number, reason, as_json(row))
