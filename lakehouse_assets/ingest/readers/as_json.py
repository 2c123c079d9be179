"""Delivered values as JSON, for what has no column of its own."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def as_json(value: Any) -> str:
    """A value as JSON text; what JSON has no word for is written as text."""
    return json.dumps(plain(value), ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as what JSON knows: bytes, times, decimals and numbers that are none become text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def column_values(array: pa.Array) -> list[Any]:
    """The values of a column as Python's; one that Python cannot hold becomes text."""
    try:
        return array.to_pylist()
    except (UnicodeDecodeError, ValueError, OverflowError):
        return [_one(array[i]) for i in range(len(array))]


def _one(scalar: pa.Scalar) -> Any:
    import pyarrow as pa
    from pyarrow import types

    try:
        return scalar.as_py()
    except (UnicodeDecodeError, ValueError, OverflowError):
        if types.is_string(scalar.type) or types.is_large_string(scalar.type):
            return scalar.as_buffer().to_pybytes()
        try:
            return scalar.cast(pa.string()).as_py()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError):
            return f"a {scalar.type} that cannot be written"


def extra_column(columns: dict[str, pa.Array], rows: int) -> pa.Array:
    """One JSON object a row of columns that the contract does not name; NULL where there are none."""
    import pyarrow as pa

    if not columns:
        return pa.nulls(rows, pa.string())
    encode = json.encoder.encode_basestring
    parts = []
    for name, array in columns.items():
        before = f"{encode(name)}: "
        values = column_values(array)
        parts.append([before + (encode(v) if type(v) is str else as_json(v)) for v in values])
    return pa.array(["{" + ", ".join(row) + "}" for row in zip(*parts, strict=True)], pa.string())
