"""Values into the contract's types. A value fits when nothing of it is lost; what does not fit is never NULL."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR
from typing import TYPE_CHECKING

from lakehouse_assets.ingest.readers.pieces import UnreadableFileError

if TYPE_CHECKING:
    import pyarrow as pa

# What Spark calls the types, as in a contract.
SPARK_NAMES = {
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[us, tz=UTC]": "timestamp",
    "timestamp[us]": "timestamp_ntz",
}


def spark_name(kind: pa.DataType) -> str:
    """A type as contracts and SQL call it."""
    return SPARK_NAMES.get(str(kind), str(kind).replace("decimal128", "decimal"))


def fit(array: pa.Array, kind: pa.DataType, name: str, *, decoded: bool = False) -> tuple[pa.Array, list[int]]:
    """A column as `kind`, and the positions of its values that do not fit (NULL there).

    `decoded` says that its text is known to be UTF-8.

    Raises UnreadableFileError where no value of the delivered type could be one of `kind`.
    """
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if types.is_null(array.type):
        return pa.nulls(len(array), kind), []
    if array.type == kind:
        if types.is_string(kind):
            return (array, []) if decoded else _real_text(array)
        beyond = _beyond(array)
        return (_without(array, beyond) if beyond else array), beyond
    if types.is_string(kind) and types.is_nested(array.type):
        from lakehouse_assets.ingest.readers.as_json import as_json

        return pa.array([None if v is None else as_json(v) for v in array.to_pylist()], kind), []
    if not _comparable(array.type, kind):
        raise _never(array, kind, name)
    try:
        try:
            values: pa.Array = _cast(array, kind)
            misfits: list[int] = []
        except (pa.ArrowInvalid, UnicodeDecodeError):
            values, misfits = _one_by_one(array, kind)
        lost = [*_lost(array, values, kind), *_beyond(values)]
    except pa.ArrowNotImplementedError:
        raise _never(array, kind, name) from None
    if not lost:
        return values, misfits
    misfits = sorted({*misfits, *lost})
    return _without(values, misfits), misfits


def _never(array: pa.Array, kind: pa.DataType, name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"column {name} is {array.type}, the contract says {spark_name(kind)}",
        remedy="ask the sender for the agreed type, or change the bronze contract",
    )


def _comparable(delivered: pa.DataType, kind: pa.DataType) -> bool:
    """Whether a value can be the same in both types without guessing a time zone or a unit."""
    from pyarrow import types

    def zoned(t: pa.DataType) -> bool:
        return types.is_timestamp(t) and t.tz is not None

    if types.is_temporal(delivered) and types.is_temporal(kind):
        return zoned(delivered) == zoned(kind)
    text = types.is_string(delivered) or types.is_large_string(delivered)
    return text or types.is_string(kind) or types.is_temporal(delivered) == types.is_temporal(kind)


def _cast(array: pa.Array, kind: pa.DataType, *, safe: bool = True) -> pa.Array:
    import pyarrow as pa
    from pyarrow import types

    if types.is_integer(array.type) and types.is_decimal(kind):
        # Arrow refuses every integer where the largest of its type would not fit.
        array = array.cast(pa.decimal256(76, kind.scale))
    return array.cast(kind, safe=safe)


def _one_by_one(array: pa.Array, kind: pa.DataType) -> tuple[pa.Array, list[int]]:
    """Cast what can be cast, in halves of what cannot."""
    import pyarrow as pa

    chunks: list[pa.Array] = []
    misfits: list[int] = []
    waiting = [(0, len(array))]
    while waiting:
        first, size = waiting.pop()
        try:
            chunks.append(_cast(array.slice(first, size), kind))
        except (pa.ArrowInvalid, UnicodeDecodeError):
            if size == 1:
                chunks.append(pa.nulls(1, kind))
                misfits.append(first)
            else:
                half = size // 2
                waiting += [(first + half, size - half), (first, half)]
    return pa.concat_arrays(chunks), misfits


def _lost(array: pa.Array, values: pa.Array, kind: pa.DataType) -> list[int]:
    """Positions whose value is another one after the cast: Arrow rounds floats and cuts timestamps in silence."""
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_string(kind):
        return _real_text(values)[1]
    if types.is_string(array.type) or types.is_large_string(array.type):
        if types.is_floating(kind):
            return _where(pc.invert(pc.is_finite(values)))
        if types.is_integer(kind):
            return _where(pc.and_(pc.is_valid(values), pc.invert(pc.match_substring_regex(array, r"^-?[0-9]+$"))))
        return []
    back = _cast(values, array.type, safe=False)
    if types.is_nested(kind):
        pairs = zip(array.to_pylist(), back.to_pylist(), values.is_valid().to_pylist(), strict=True)
        return [i for i, (old, new, valid) in enumerate(pairs) if valid and old != new]
    differ = pc.not_equal(array, back)
    if types.is_floating(array.type):
        differ = pc.and_(differ, pc.invert(pc.and_(pc.is_nan(array), pc.is_nan(back))))
    return _where(differ)


def _beyond(values: pa.Array) -> list[int]:
    """Positions of dates and times in years that neither SQL nor Python knows: readers of the table would fail."""
    import pyarrow.compute as pc
    from pyarrow import types

    if not (types.is_date(values.type) or types.is_timestamp(values.type)):
        return []
    years = pc.year(values)
    return _where(pc.or_(pc.less(years, MINYEAR), pc.greater(years, MAXYEAR)))


def _real_text(array: pa.Array) -> tuple[pa.Array, list[int]]:
    """Arrow and Parquet do not look whether a string is UTF-8; readers of the table would fail on it."""
    import pyarrow as pa

    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        values, misfits = _one_by_one(array.cast(pa.binary()), pa.string())
        return values, misfits
    return array, []


def _where(mask: pa.Array) -> list[int]:
    import pyarrow.compute as pc

    return pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist()


def _without(values: pa.Array, misfits: list[int]) -> pa.Array:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    keep = np.ones(len(values), bool)
    keep[misfits] = False
    return pc.if_else(pa.array(keep), values, pa.nulls(len(values), values.type))
