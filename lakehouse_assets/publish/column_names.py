"""Names of columns that a table may have: those that every Delta reader reads, and that are not the platform's own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lakehouse_assets.publish.curve import CURVE
from lakehouse_assets.publish.verdict import FLAGS, RAW, REASON, SLOT, WHOLE

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructType

# Delta without column mapping refuses blanks and `,;{}()=`. Quotes, dots and backslashes mean something to SQL and to
# engines, and a slash to folders: a name with one is read by some and not by others.
_UNREADABLE = re.compile(r"[\s,;{}()=`\"'\\./]")
# What staged files and the plans that write them call columns of their own.
_OWN = re.compile(rf"({RAW}|{RAW}_.*|{SLOT}|{REASON}|{FLAGS}.*|_rejected|{WHOLE}|{CURVE})", re.IGNORECASE | re.DOTALL)


def unfit_names(schema: StructType, *others: str) -> list[str]:
    """Why these columns, and `others` that the table has besides, must not be published, a phrase each; empty if fit.

    Fields within structs are columns to a reader, and are looked at, too.
    """
    own = [*schema.names, *(name for name in others if name not in schema.names)]
    problems = [f"{name!r} is a name of the platform's own" for name in own if _OWN.fullmatch(name)]
    levels: list[tuple[str, Sequence[str]]] = [("", own), *_structs(schema)]
    for where, names in levels:
        problems += [f"{where + name!r} cannot be read by every Delta reader" for name in names if not _readable(name)]
        known: Counter[str] = Counter(name.lower() for name in names)
        twins = [where + name for name in names if known[name.lower()] > 1]
        problems += [f"{', '.join(map(repr, twins))} are one name to Delta"] if twins else []
    return problems


def _readable(name: str) -> bool:
    return bool(name) and name.isprintable() and not _UNREADABLE.search(name)


def _structs(kind: DataType, where: str = "") -> Iterator[tuple[str, Sequence[str]]]:
    """The names within each struct below a type, and where it stands."""
    from pyspark.sql import types as T

    if isinstance(kind, T.ArrayType):
        below = [(where, kind.elementType)]
    elif isinstance(kind, T.MapType):
        below = [(where, kind.keyType), (where, kind.valueType)]
    elif isinstance(kind, T.StructType):
        below = [(f"{where}{field.name}.", field.dataType) for field in kind.fields]
    else:
        return
    for path, inner in below:
        if isinstance(inner, T.StructType):
            yield path, inner.names
        yield from _structs(inner, path)
