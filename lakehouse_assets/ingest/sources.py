"""Sources: which folder of the landing zone holds a table's deliveries, in which format, and how it is written."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from lakehouse_assets.errors import DeclarationError

Format = Literal["csv", "jsonl", "parquet"]

# Codecs of Python that are made for something else than files of text.
NO_ENCODINGS = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "unicode_escape")


@dataclass(frozen=True)
class Source:
    """Deliveries at `<landing>/<folder>/<partition>/<files>`, or `<landing>/<folder>/<files>`.

    `encoding` None means the one that a byte order mark says, else UTF-8. Without `header`, the columns of a CSV
    come in the contract's order. `optional` are columns of the contract that a file may lack: its rows have NULL there.
    """

    folder: str
    format: Format
    encoding: str | None = None
    delimiter: str = ","
    header: bool = True
    optional: tuple[str, ...] = field(default=(), repr=False)  # its own part of a table's code version


def csv(
    folder: str,
    *,
    encoding: str | None = None,
    delimiter: str = ",",
    header: bool = True,
    optional: Sequence[str] = (),
) -> Source:
    """Delimited text, quoted as in RFC 4180, compressed or not; every column arrives as text.

    A file may lack `optional` columns, as those that the sender added later: NULL there. Raises DeclarationError for an
    encoding that is not known, a delimiter that could not be told from the text, and optional columns without a header.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n\0' or "\ud800" <= delimiter <= "\udfff":
        raise DeclarationError(
            f"{delimiter!r} cannot separate values",
            where=f"csv({folder!r})",
            remedy="use one character that is neither a quote nor a line end, for example ',' or ';' or '\\t'",
        )
    if optional and not header:
        raise DeclarationError(
            f"without a header nobody can tell whether a file lacks {list(optional)}",
            where=f"csv({folder!r})",
            remedy="leave out optional=, or ask the sender for a header",
        )
    return Source(folder, "csv", _known(encoding, f"csv({folder!r})"), delimiter, header, tuple(optional))


def json_lines(folder: str, *, encoding: str | None = None) -> Source:
    """One JSON object a line, compressed or not; every value arrives as the text that was written, NULL without one.

    Raises DeclarationError for an encoding that is not known.
    """
    return Source(folder, "jsonl", _known(encoding, f"json_lines({folder!r})"))


def parquet(folder: str, *, optional: Sequence[str] = ()) -> Source:
    """Parquet; columns arrive in the contract's types, and a value that does not fit makes its row malformed.

    A file may lack `optional` columns, as those that the sender added later: NULL there.
    """
    return Source(folder, "parquet", optional=tuple(optional))


def _known(encoding: str | None, where: str) -> str | None:
    if encoding is None:
        return None
    try:
        name = codecs.lookup(encoding).name
        "a,1\n".encode(name)  # fails for codecs from bytes to bytes
    except (LookupError, UnicodeError, ValueError):
        name = "undefined"
    if name in NO_ENCODINGS:
        raise DeclarationError(
            f"{encoding!r} is no encoding of text",
            where=where,
            remedy="use one of Python's standard encodings, for example 'cp1252', 'latin-1' or 'utf-16-le'",
        )
    return encoding
