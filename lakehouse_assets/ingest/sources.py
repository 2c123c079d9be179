"""Sources: which folder of the landing zone holds a table's deliveries, in which format, and how it is written."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal

from lakehouse_assets.errors import DeclarationError

Format = Literal["csv", "jsonl", "parquet"]

# Codecs of Python that are made for something else than files of text.
NO_ENCODINGS = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "unicode_escape")


@dataclass(frozen=True)
class Source:
    """Deliveries at `<landing>/<folder>/<partition>/<files>`, or `<landing>/<folder>/<files>`.

    `encoding` None means the one that a byte order mark says, else UTF-8. Without `header`, the columns of a CSV
    come in the contract's order.
    """

    folder: str
    format: Format
    encoding: str | None = None
    delimiter: str = ","
    header: bool = True


def csv(folder: str, *, encoding: str | None = None, delimiter: str = ",", header: bool = True) -> Source:
    """Delimited text, quoted as in RFC 4180, compressed or not; every column arrives as text.

    Raises DeclarationError for an encoding that is not known and a delimiter that could not be told from the text.
    """
    if len(delimiter) != 1 or delimiter in '"\r\n\0' or "\ud800" <= delimiter <= "\udfff":
        raise DeclarationError(
            f"{delimiter!r} cannot separate values",
            where=f"csv({folder!r})",
            remedy="use one character that is neither a quote nor a line end, for example ',' or ';' or '\\t'",
        )
    return Source(folder, "csv", _known(encoding, f"csv({folder!r})"), delimiter, header)


def json_lines(folder: str, *, encoding: str | None = None) -> Source:
    """One JSON object a line, compressed or not; every value arrives as the text that was written.

    Raises DeclarationError for an encoding that is not known.
    """
    return Source(folder, "jsonl", _known(encoding, f"json_lines({folder!r})"))


def parquet(folder: str) -> Source:
    """Parquet; columns arrive in the contract's types, and a value that does not fit makes its row malformed."""
    return Source(folder, "parquet")


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
