"""What a reader gives back: rows, and records that cannot be rows; and the two ways in which a file fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.errors import DeliveryError

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 65_536  # of one piece, at most
PIECE_BYTES = 4 << 20  # of text in one piece, about: the other bound on memory
LONGEST = 8 << 20  # characters of one record; a longer one is malformed
SHOWN_BYTES = 64 << 10  # of a malformed record's text that are kept

RESEND = "ask the sender for the file again, or move it out of the landing zone, and repeat the run"


class UnreadableFileError(DeliveryError):
    """A delivered file of which no row can be trusted. `reason` says why in one sentence, without path or remedy."""

    def __init__(self, reason: str, *, where: str = "", remedy: str = RESEND) -> None:
        self.reason = reason
        super().__init__(reason, where=where, remedy=remedy)


class ChangedWhileReadError(DeliveryError):
    """A file was replaced, extended or removed while it was read; reading it again may help."""

    permanent = False

    def __init__(self, where: str) -> None:
        super().__init__("the file changed while it was read", where=where, remedy="run again")


@dataclass(frozen=True)
class Malformed:
    r"""One delivered record that cannot be read as a row.

    `line` is its physical line in the decompressed text, from 1, header counted, and None for Parquet. `row` is its
    number among the records of the file, from 1; good and malformed records share one numbering. `text` is the
    record as it came, bytes that are no text written as \xNN, cut at 64 KiB (then `reason` says so).
    """

    line: int | None
    row: int
    reason: str
    text: str


@dataclass(frozen=True)
class Piece:
    """Some records of a file, in their order.

    `rows` has the contract's columns in its order and types, then `_source_extra`; `numbers` their record numbers
    (int64); `names` the columns as delivered, in the file's order (for JSON lines those seen so far, of very many the
    contract's and the first thousand).
    """

    rows: pa.RecordBatch
    numbers: pa.Array
    malformed: tuple[Malformed, ...]
    names: tuple[str, ...]


def malformed(line: int | None, row: int, reason: str, text: str) -> Malformed:
    """A malformed record with its text made printable and no longer than it may be."""
    shown = printable(text).encode()
    if len(shown) > SHOWN_BYTES:
        reason = f"{reason} (text cut at 64 KiB)"
        shown = shown[:SHOWN_BYTES]
    return Malformed(line, row, reason, shown.decode(errors="ignore"))


def printable(text: str) -> str:
    r"""Text with every byte that was no text written as \xNN."""
    if text.isascii():
        return text
    # The decoders keep such a byte as the code point U+DC00 plus the byte, which no text contains.
    return (
        "".join(f"\\x{ord(c) - 0xDC00:02x}" if "\udc00" <= c <= "\udcff" else c for c in text)
        .encode(errors="backslashreplace")
        .decode()
    )
