"""What a sender delivers in two weeks, and what goes wrong with it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

LINES = 400  # of a day's receipts: enough for every rule, and quick


@dataclass(frozen=True)
class Sender:
    """Has the true files of every day in `source`, and puts them, or something else, into `landing`."""

    source: Path
    landing: Path

    def shorten(self) -> None:
        """Keep the first lines of each day only."""
        for file in sorted(self.source.glob("transactions/*/*.csv")):
            lines = file.read_text().splitlines(keepends=True)
            file.write_text("".join(lines[: LINES + 1]))

    def masters(self) -> None:
        """Everything that comes once, and the promotions of all weeks."""
        for file in sorted(self.source.rglob("*")):
            folder = file.relative_to(self.source).parts[0]
            if file.is_file() and folder != "transactions":
                self._put(self.landing / file.relative_to(self.source), file.read_bytes())

    def day(self, day: str) -> None:
        """The true file of a day's transactions."""
        self.put(day, self.true(day).read_text())

    def put(self, day: str, text: str, name: str = "transactions.csv") -> None:
        """A file for a day."""
        self._put(self.landing / "transactions" / day / name, text.encode())

    def _put(self, file: Path, content: bytes) -> None:
        """A file that came to rest a minute ago, by the clock of this process."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        then = (datetime.now(UTC) - timedelta(minutes=1)).timestamp()
        os.utime(file, (then, then))

    def true(self, day: str) -> Path:
        """Where the true file of a day lies."""
        (file,) = (self.source / "transactions" / day).iterdir()
        return file

    def half(self, day: str, *, first: bool) -> str:
        """One half of the lines of a day, with the header."""
        header, *lines = self.true(day).read_text().splitlines(keepends=True)
        middle = len(lines) // 2
        return header + "".join(lines[:middle] if first else lines[middle:])

    def parts(self, day: str, count: int) -> list[str]:
        """The lines of a day in so many parts, each with the header."""
        header, *lines = self.true(day).read_text().splitlines(keepends=True)
        return [header + "".join(lines[part::count]) for part in range(count)]

    def nonsense(self, day: str) -> str:
        """A day of which each third amount is no number."""
        header, *lines = self.true(day).read_text().splitlines(keepends=True)
        at = header.split(",").index('"sales_value"')
        return header + "".join(_without(line, at) if i % 3 == 0 else line for i, line in enumerate(lines))


def _without(line: str, at: int) -> str:
    values = line.split(",")
    values[at] = "a lot"
    return ",".join(values)
