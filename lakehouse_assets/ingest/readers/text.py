"""Bytes as lines of text: encodings, byte order marks, and bytes that are no text."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lakehouse_assets.ingest.readers.pieces import LONGEST, UnreadableFileError

if TYPE_CHECKING:
    from lakehouse_assets.ingest.readers.content import Content

# Byte order marks, the codec that each calls for, and the declarations it agrees with. UTF-32 comes first, because
# its little-endian mark starts with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", ("utf-32", "utf-32-le")),
    (codecs.BOM_UTF32_BE, "utf-32", ("utf-32", "utf-32-be")),
    (codecs.BOM_UTF8, "utf-8-sig", ("utf-8", "utf-8-sig")),
    (codecs.BOM_UTF16_LE, "utf-16", ("utf-16", "utf-16-le")),
    (codecs.BOM_UTF16_BE, "utf-16", ("utf-16", "utf-16-be")),
)
UTF8 = ("utf-8", "utf-8-sig")
_NO_TEXT = re.compile("[\ud800-\udfff]")


class Overlong(str):
    """The start of a line that is longer than a record may be; the rest of it was passed over."""

    __slots__ = ()


def codec_of(content: Content, declared: str | None) -> str:
    """The codec of a file: the declared one, else that of its byte order mark, else UTF-8.

    Raises UnreadableFileError where mark and declaration contradict each other.
    """
    name = codecs.lookup(declared).name if declared else None
    found = [(codec, fits) for mark, codec, fits in MARKS if content.head.startswith(mark)]
    for codec, fits in found:
        if name is None or name in fits:
            return codec
    if found:
        raise UnreadableFileError(
            f"it starts with the byte order mark of {found[0][0].removesuffix('-sig').upper()}, "
            f"but its source declares {declared}",
            remedy="leave out the declared encoding, or correct it",
        )
    if name in ("utf-16", "utf-32"):
        raise UnreadableFileError(
            f"it has no byte order mark, which {declared} needs",
            remedy=f"declare {name}-le or {name}-be for a sender that writes no mark",
        )
    return name or "utf-8"


def lines(stream: Any, codec: str) -> Iterator[str]:
    r"""The physical lines of a stream with their line ends (\n, \r\n or \r), read in bounded memory.

    A byte that is no text in this encoding becomes the code point U+DC00 plus the byte. Closes the stream.
    """
    errors = "surrogateescape" if codec in UTF8 else "lakehouse_assets.keep"
    with io.TextIOWrapper(stream, encoding=codec, errors=errors, newline="") as text:
        read = text.readline
        while line := read(LONGEST):
            if len(line) == LONGEST and line[-1] not in "\r\n":
                rest = read(LONGEST)
                if rest:
                    line = Overlong(line)
                while len(rest) == LONGEST and rest[-1] not in "\r\n":
                    rest = read(LONGEST)
            yield line


def no_text(text: str, codec: str) -> str | None:
    """What in `text` is no text in this encoding and where, or None where all of it is."""
    if text.isascii() or not (found := _NO_TEXT.search(text)):
        return None
    before = text[: found.start()]
    if codec in UTF8:
        byte = len(before.encode()) + 1
        return f"not UTF-8 at byte {byte} of the record (declare encoding= if the sender uses another)"
    return f"not {codec} at character {len(before) + 1} of the record"


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("lakehouse_assets.keep", _keep)
