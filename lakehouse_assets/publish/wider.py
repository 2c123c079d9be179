"""Which type holds every value of another, exactly. What is not known to is refused."""

from __future__ import annotations

import re
from typing import Any

# Each holds whatever stands before it, to the last digit.
LADDERS = (("byte", "short", "integer", "long"), ("float", "double"))
SQL_NAMES = {"byte": "tinyint", "short": "smallint", "integer": "int", "long": "bigint"}

_DECIMAL = re.compile(r"decimal\((\d+),\s*(-?\d+)\)")


def fit(old: Any, new: Any) -> tuple[bool, str]:
    """Whether every value of type `old` is exactly one of type `new`, and why in a word or two."""
    for ladder in LADDERS:
        if old in ladder and new in ladder:
            wider = ladder.index(old) < ladder.index(new)
            return wider, "wider" if wider else "narrower"
    if isinstance(old, dict) or isinstance(new, dict):
        return False, "another kind"
    decimals = _DECIMAL.fullmatch(old), _DECIMAL.fullmatch(new)
    if decimals[0] and decimals[1]:
        (precision, scale), (to_precision, to_scale) = ((int(m[1]), int(m[2])) for m in decimals if m)
        if to_scale < scale:
            return False, "loses scale"
        if to_precision - to_scale < precision - scale:
            return False, "loses integer digits"
        return True, "wider"
    if (old in ("integer", "long") and new == "float") or (old, new) == ("long", "double"):
        return False, "loses digits of great numbers"
    if old == "string":
        return False, "text, which need not be one"
    return False, "another kind"


def readable(kind: Any) -> str:
    """A type of the JSON form in the words of SQL: `bigint`, `array<struct<a: int>>`."""
    if not isinstance(kind, dict):
        return SQL_NAMES.get(kind, kind)
    match kind["type"]:
        case "struct":
            fields = [f"{field['name']}: {readable(field['type'])}" for field in kind["fields"]]
            return f"struct<{', '.join(fields)}>"
        case "array":
            return f"array<{readable(kind['elementType'])}>"
        case "map":
            return f"map<{readable(kind['keyType'])}, {readable(kind['valueType'])}>"
        case other:
            return str(other)
