"""What earlier looks of this process found to be held already, so that the next ones need not compare it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Quiet:
    """Partitions of one table that hold what lies in the landing zone, as a listing showed it.

    True of one state of the table, `at`: whatever differs, and all that a process that has just started does not
    know, is compared with the ledger. Losing it costs time and nothing else.
    """

    at: object = None
    held: frozenset[str] = frozenset()  # partitions that hold files, whether they still lie there or not
    _prints: dict[str, int] = field(default_factory=dict)

    def begin(self, at: object, held: frozenset[str]) -> None:
        """Forget everything, and be of this state."""
        self.at, self.held, self._prints = at, held, {}

    def learn(self, slot: str, files: Sequence[tuple[object, ...]]) -> None:
        """These files of a partition are no news."""
        self._prints[slot] = hash(tuple(files))

    def covers(self, slot: str, files: Sequence[tuple[object, ...]]) -> bool:
        """Whether it is known that these files of a partition are no news."""
        return self._prints.get(slot) == hash(tuple(files))
