"""Marks: numbers that a table's log keeps beside its rows, each set by the commit that makes it true.

They are Delta `txn` actions, which survive checkpoints and compaction, and mean nothing to other readers.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakehouse_assets.publish.transactions import transactions

if TYPE_CHECKING:
    from datetime import datetime

MADE = "lakehouse/made/"  # + slot: what the partition was made from
SEEN = "lakehouse/seen/"  # + slot: names, sizes and times of the files it was loaded from
FILE = "lakehouse/file/"  # + name: content of a delivered file; GONE once its rows were withdrawn
QUARANTINED = "lakehouse/quarantined/"  # + slot: which rows of the quarantine belong to the partition
REPLAYED = "lakehouse/replayed/"  # + slot: the last replay that added rows to the partition
GONE = 0
OURS = "lakehouse/"  # what every mark begins with; other ids in a log are other tools'


@dataclass(frozen=True)
class Marks:
    """The marks of a table at one version; of one that was never published, none.

    A log keeps a name for ever: a mark that was taken back is 0, and the same as none.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, url: str, version: int | None) -> Marks:
        """The marks of the table at `url`, at a version of it; None for a table that does not exist."""
        return cls() if version is None else cls(transactions(url, version))

    def made(self, slot: str) -> int | None:
        """What a partition was made from; None where it was never published."""
        return self.numbers.get(MADE + slot) or None

    def published(self) -> list[str]:
        """Every partition that was ever published."""
        return [name.removeprefix(MADE) for name in self.numbers if name.startswith(MADE)]

    def contents(self, slot: str) -> int | None:
        """What the partition's rows are, for who reads them: what they were made from, and replays since."""
        made, replayed = self.made(slot), self.numbers.get(REPLAYED + slot)
        return number_of(made, replayed) if made is not None and replayed else made

    def seen(self, slot: str) -> int | None:
        """The files that lay in the landing zone when the partition was loaded, by name, size and time."""
        return self.numbers.get(SEEN + slot) or None

    def publication(self, slot: str) -> int | None:
        """The publication whose quarantined rows belong to the partition; None where it has none."""
        return self.numbers.get(QUARANTINED + slot) or None

    def publications(self, slots: Iterable[str] | None = None) -> dict[str, int]:
        """The partitions that have quarantined rows, of these or of all, each with its publication."""
        if slots is None:
            slots = [name.removeprefix(QUARANTINED) for name in self.numbers if name.startswith(QUARANTINED)]
        return {slot: number for slot in slots if (number := self.publication(slot))}

    def files(self) -> dict[str, int]:
        """Every delivered file whose rows the table holds, accepted or quarantined, with its content."""
        held = ((name.removeprefix(FILE), n) for name, n in self.numbers.items() if name.startswith(FILE))
        return {name: number for name, number in held if number != GONE}

    def turned_back(self, then: Marks) -> dict[str, int]:
        """The marks to set so that a table with these holds what `then` says: those that differ, 0 for none."""
        names = {name for name in (*self.numbers, *then.numbers) if name.startswith(OURS)}
        differ = (name for name in sorted(names) if self.numbers.get(name, GONE) != then.numbers.get(name, GONE))
        return {name: then.numbers.get(name, GONE) for name in differ}


def number_of(*parts: object) -> int:
    """A fingerprint of these parts, as a mark can hold it: 63 bits, never 0."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 1) or 1


def new_publication() -> int:
    """A number for one publication that no other has. It begins with the time, so that later ones are greater."""
    return _begins(time.time()) + (uuid.uuid4().int >> 101)


def publications_before(at: datetime) -> int:
    """The number below which are the publications that were begun before a time."""
    return _begins(at.timestamp())


def _begins(seconds: float) -> int:
    return int(seconds * 16) << 27  # 36 bits of sixteenths of a second, until 2106, and 27 bits of chance
