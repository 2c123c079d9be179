"""The lake as it is: for each partition what it was made from, and what it would be made from now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.ingest.deliveries import find_deliveries, fingerprint
from lakehouse_assets.publish.commit import APP, open_table
from lakehouse_assets.publish.transactions import transactions

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.settings import Settings


@dataclass
class Lake:
    """A view of the lake and its landing zone, as they were when first asked; make a new one to see changes.

    A partition's fingerprint tells what it was made from: the files of a bronze partition, or the
    fingerprints of the partitions it read, each with the code that made it. It is committed with the rows.
    """

    settings: Settings
    _stored: dict[str, DeltaTable | None] = field(default_factory=dict, repr=False)
    _marks: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)
    _delivered: dict[str, dict[str, list[Delivery]]] = field(default_factory=dict, repr=False)

    def stored(self, table: Table) -> DeltaTable | None:
        """The table's Delta table, or None if it was never published."""
        if table.id not in self._stored:
            self._stored[table.id] = open_table(self.settings.table_url(table.layer, table.name))
        return self._stored[table.id]

    def version(self, table: Table) -> int | None:
        """The current Delta version of a table."""
        stored = self.stored(table)
        return None if stored is None else stored.version()

    def mark(self, table: Table, slot: str) -> int | None:
        """What a published partition was made from; None for one that was never published."""
        if table.id not in self._marks:
            stored = self.stored(table)
            url = self.settings.table_url(table.layer, table.name)
            self._marks[table.id] = transactions(url, stored.version()) if stored else {}
        return self._marks[table.id].get(APP + slot)

    def deliveries(self, table: Table, slots: Iterable[str] | None = None) -> dict[str, list[Delivery]]:
        """The files that wait for a bronze table, by partition.

        The first call lists, and may say that only these partitions matter to this view of the lake.
        """
        if table.source is None:
            return {}
        if table.id not in self._delivered:
            by_slot: dict[str, list[Delivery]] = {}
            partitioned = table.calendar is not None
            keys = slots if partitioned else None
            for found in find_deliveries(self.settings.landing, table.source, partitioned, keys):
                by_slot.setdefault(found.slot, []).append(found)
            self._delivered[table.id] = by_slot
        return self._delivered[table.id]

    def expected(self, table: Table, slots: Iterable[str]) -> dict[str, int]:
        """What each of these partitions would be made from if it ran now.

        A partition that has nothing to be made from is left out.
        """
        if table.source is not None:
            waiting = self.deliveries(table)
            return {s: fingerprint(waiting[s], table.code_version) for s in slots if s in waiting}
        marks = {}
        for slot in slots:
            read = [self._read_marks(table, slot, name) for name in table.inputs]
            if all(read):
                marks[slot] = combine(table.code_version, *read)
        return marks

    def stale(self, table: Table, slots: Iterable[str] | None = None) -> list[str]:
        """The partitions that do not hold what they would be made from now; oldest first."""
        slots = slots if slots is not None else (table.calendar.keys() if table.calendar else [""])
        return [slot for slot, mark in self.expected(table, slots).items() if self.mark(table, slot) != mark]

    def _read_marks(self, table: Table, slot: str, parameter: str) -> list[tuple[str, int]]:
        upstream = find_table(parameter)
        if upstream.calendar is None:
            keys: tuple[str, ...] = ("",)
        elif table.calendar is None:
            keys = upstream.calendar.keys()
        else:
            keys = upstream.calendar.overlapping((slot,), table.calendar)
        marks = [(key, self.mark(upstream, key)) for key in keys]
        return [(key, mark) for key, mark in marks if mark is not None]


def combine(code_version: str, *read: list[tuple[str, int]]) -> int:
    """The fingerprint of a partition made by this code from these, as a 63-bit number."""
    digest = hashlib.blake2b(repr((code_version, read)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
