"""A clock that a test sets, for a process and all that it starts: Python, SQLite and the engine see the same time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

FILE = "FAKETIME_TIMESTAMP_FILE"


@dataclass
class Clock:
    """Runs as fast as the real one, so many seconds ahead of it; what is ahead is kept in a file."""

    file: Path

    @classmethod
    def of_this_process(cls) -> Clock:
        """The clock by which this process was started."""
        return cls(Path(os.environ[FILE]))

    def environment(self) -> dict[str, str]:
        """What a process must be started with, so that this is its clock. Waiting takes as long as ever."""
        library = find_spec("libfaketime")
        if library is None or library.origin is None:
            raise ModuleNotFoundError("libfaketime")
        (shared,) = Path(library.origin).parent.rglob("libfaketime.so.1")
        self.advance(timedelta(0))
        return {
            "LD_PRELOAD": str(shared),
            FILE: str(self.file),
            "FAKETIME_CACHE_DURATION": "1",  # seconds: two threads that read the file at once could end a process
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def advance(self, by: timedelta) -> None:
        """Let time pass. In a process that runs by this clock it has passed when this returns."""
        before, passing = time.time(), round(by.total_seconds())
        seconds = (int(self.file.read_text()) if self.file.exists() else 0) + passing
        written = self.file.with_suffix(".new")
        written.write_text(f"{seconds:+d}\n")
        written.replace(self.file)
        while FILE in os.environ and time.time() < before + passing:
            time.sleep(0.02)

    def now(self) -> datetime:
        """What it shows; only in a process that runs by it."""
        return datetime.now(UTC)
