"""Faults to be planted: each a place in the tree, what it becomes there, and what must be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """Where `before` becomes `after`, and what must be said of it."""

    part: str
    before: str
    after: str
    said: str
    file: str = "main.tf"

    def put(self, tree: Path) -> Path:
        """Put it into the tree; the place must be there, once at least."""
        file = tree / self.part / self.file
        text = file.read_text()
        assert self.before in text, f"{file} no longer holds {self.before!r}"
        file.write_text(text.replace(self.before, self.after, 1))
        return tree / self.part
