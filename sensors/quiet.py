"""What earlier looks of this process found to be held already, so that the next ones need not compare it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass
class Quiet:
    """Partitions of one table that hold what lies in the landing zone, as a listing showed it.

    Whether a partition does is a function of its files and of its `stamp`, what the table says of it; so a stamp or
    a file that differs has it compared with the ledger again. Losing all of it costs time and nothing else.
    """

    at: object = None  # the state of the table that the stamps are of
    stamps: Mapping[str, object] = field(default_factory=dict)  # of each partition that was ever published
    _prints: dict[str, int] = field(default_factory=dict)

    def move(self, at: object, stamps: Mapping[str, object]) -> None:
        """Be of this state of the table from now on."""
        self.at, self.stamps = at, stamps

    def learn(self, slot: str, files: Sequence[tuple[object, ...]]) -> None:
        """These files of a partition are no news."""
        self._prints[slot] = self._print(slot, files)

    def covers(self, slot: str, files: Sequence[tuple[object, ...]]) -> bool:
        """Whether it is known that these files of a partition are no news."""
        return self._prints.get(slot) == self._print(slot, files)

    def _print(self, slot: str, files: Sequence[tuple[object, ...]]) -> int:
        return hash((self.stamps.get(slot), tuple(files)))
