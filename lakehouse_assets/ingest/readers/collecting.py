"""Records of text on their way into one block: what every reader of text remembers of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lakehouse_assets.ingest.readers.pieces import PIECE_BYTES, ROWS

if TYPE_CHECKING:
    from lakehouse_assets.ingest.readers.pieces import Malformed


class Collected:
    """Rows, where each stood in its file, and malformed records; `full` when they are enough for a piece."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.numbers: list[int] = []
        self.lines: list[int] = []
        self.texts: list[str] = []
        self.bad: list[Malformed] = []
        self.size = 0

    @property
    def full(self) -> bool:
        """Whether a piece should be made of them now, so that memory stays bounded."""
        return self.size >= PIECE_BYTES or len(self.rows) + len(self.bad) >= ROWS

    def keep(self, row: Any, number: int, line: int, text: str) -> None:
        """Remember a row, and where it stood."""
        self.size += len(text)
        self.rows.append(row)
        self.numbers.append(number)
        self.lines.append(line)
        self.texts.append(text)

    def reject(self, record: Malformed, size: int) -> None:
        """Remember a malformed record of so many characters."""
        self.size += size
        self.bad.append(record)
