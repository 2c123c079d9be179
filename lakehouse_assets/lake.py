"""The lake as it is: for each partition what it was made from, and what it would be made from now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.declare.write import AppendOnce
from lakehouse_assets.ingest.deliveries import deliveries_of, list_source
from lakehouse_assets.ingest.ledger import Arrival, compare, held_by_slot, made_from
from lakehouse_assets.publish.marks import number_of
from lakehouse_assets.publish.snapshot import Snapshot

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.publish.marks import Marks
    from lakehouse_assets.settings import Settings
    from lakehouse_assets.storage import File

UNREAD = -1  # no content's fingerprint


@dataclass
class Lake:
    """A view of the lake and its landing zone, as they were when first asked; make a new one to see changes.

    `pins` are versions of tables, by id, to be seen instead of the present ones.
    """

    settings: Settings
    pins: Mapping[str, int] = field(default_factory=dict)
    _seen: dict[str, Snapshot] = field(default_factory=dict, repr=False)
    _listed: dict[str, dict[str, list[File]]] = field(default_factory=dict, repr=False)
    _delivered: dict[tuple[str, str], list[Delivery]] = field(default_factory=dict, repr=False)
    _held: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict, repr=False)
    _unsettled: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    def seen(self, table: Table) -> Snapshot:
        """The table at the version that this view shows."""
        if table.id not in self._seen:
            url = self.settings.table_url(table.layer, table.name)
            self._seen[table.id] = Snapshot.of(url, self.pins.get(table.id))
        return self._seen[table.id]

    def stored(self, table: Table) -> DeltaTable | None:
        """The table's Delta table, or None if it was never published."""
        return self.seen(table).table

    def version(self, table: Table) -> int | None:
        """The Delta version of a table."""
        return self.seen(table).version if self.seen(table).exists else None

    def marks(self, table: Table) -> Marks:
        """What the table's log says of its partitions and files."""
        return self.seen(table).marks

    def mark(self, table: Table, slot: str) -> int | None:
        """What a published partition was made from; None for one that was never published."""
        return self.marks(table).made(slot)

    def listed(
        self,
        table: Table,
        slots: Iterable[str] | None = None,
        known: Callable[[str, list[File]], bool] = lambda slot, files: False,  # noqa: ARG005 - nothing is
    ) -> dict[str, list[File]]:
        """What lies in the landing zone of a bronze table as a listing shows it, by partition.

        The first call lists, and may say that only these partitions matter to this view of the lake, and of
        which files it is `known` that they do not.
        """
        if table.source is None:
            return {}
        if table.id not in self._listed:
            partitioned = table.calendar is not None
            listed = list_source(self.settings.landing, table.source, partitioned, slots if partitioned else None)
            self._listed[table.id] = {slot: files for slot, files in listed if not known(slot, files)}
        return self._listed[table.id]

    def deliveries(self, table: Table, slots: Iterable[str] | None = None) -> dict[str, list[Delivery]]:
        """The files that wait for a bronze table, by partition; `slots` as above."""
        found = {slot: self.waiting(table, slot) for slot in self.listed(table, slots)}
        return {slot: files for slot, files in found.items() if files}

    def waiting(self, table: Table, slot: str) -> list[Delivery]:
        """The files that wait for one partition of a bronze table."""
        at, listed = (table.id, slot), self.listed(table)
        if table.source is None or slot not in listed:
            return []
        if at not in self._delivered:
            self._delivered[at] = deliveries_of(self.settings.landing, table.source, slot, listed[slot])
        return self._delivered[at]

    def held(self, table: Table) -> dict[str, dict[str, int]]:
        """The files that a bronze table holds, by partition, each with its content."""
        if table.id not in self._held:
            self._held[table.id] = held_by_slot(self.marks(table), partitioned=table.calendar is not None)
        return self._held[table.id]

    def arrivals(
        self, table: Table, slots: Iterable[str], *, force: bool = False, read_at_most: int | None = None
    ) -> dict[str, Arrival]:
        """What lies in the landing zone against what the bronze table holds, for partitions that have either.

        A file that looks changed and is larger than `read_at_most` bytes is taken to be changed, unread.
        """
        from lakehouse_assets.ingest.readers import content_fingerprint
        from lakehouse_assets.storage import place

        slots = tuple(slots)
        if not slots:
            return {}
        waiting = {slot: files for slot in slots if (files := self.waiting(table, slot))}
        marks, held = self.marks(table), self.held(table)
        zone = place(self.settings.landing)

        def content_of(delivery: Delivery) -> int:
            if read_at_most is not None and delivery.size_bytes > read_at_most:
                return UNREAD
            return content_fingerprint(zone.system, delivery)

        return {
            slot: compare(
                slot,
                waiting.get(slot, ()),
                held.get(slot, {}),
                marks,
                table.code_version,
                table.gone,
                content_of,
                force=force,
            )
            for slot in slots
            if slot in waiting or slot in held
        }

    def expected(self, table: Table, slots: Iterable[str]) -> dict[str, int]:
        """What each of these partitions of a computed table would be made from if it ran now.

        A partition that has nothing to be made from is left out.
        """
        made = {}
        for slot in slots:
            read = [self._read_marks(table, slot, name) for name in table.inputs]
            if all(read):
                made[slot] = number_of(table.code_version, *read)
        return made

    def available(self, table: Table, slots: Iterable[str]) -> list[str]:
        """The partitions that have something to be made from."""
        if table.source is None:
            return list(self.expected(table, slots))
        waiting = self.deliveries(table)
        return [slot for slot in slots if slot in waiting]

    def stale(self, table: Table, slots: Iterable[str] | None = None) -> list[str]:
        """The partitions that do not hold what they would be made from now; oldest first."""
        slots = list(slots) if slots is not None else (table.calendar.keys() if table.calendar else [""])
        if table.source is not None:
            return [slot for slot, arrival in self.arrivals(table, slots).items() if arrival.changes]
        return list(self.due(table, slots))

    def due(self, table: Table, slots: Iterable[str] | None = None) -> dict[str, int]:
        """The stale partitions of a computed table, each with what it would be made from now."""
        slots = list(slots) if slots is not None else (table.calendar.keys() if table.calendar else [""])
        stored = {slot: self.mark(table, slot) for slot in slots}
        if isinstance(table.write, AppendOnce):
            slots = [slot for slot, made in stored.items() if made is None]
        return {slot: made for slot, made in self.expected(table, slots).items() if stored[slot] != made}

    def stale_by_code(self, table: Table, slots: Iterable[str], earlier: Iterable[str]) -> set[str]:
        """Of these partitions, those that would not be stale if the table's code were one of its `earlier` versions."""
        marks, held, versions = self.marks(table), self.held(table) if table.source else {}, tuple(earlier)
        found = set()
        for slot in slots:
            made = marks.made(slot)
            read = [self._read_marks(table, slot, name) for name in table.inputs]
            would = (made_from(v, held.get(slot, {})) if table.source else number_of(v, *read) for v in versions)
            if made is not None and made in would:
                found.add(slot)
        return found

    def unsettled(self, table: Table) -> frozenset[str]:
        """The partitions that are stale, or read one that is, directly or not."""
        if table.id not in self._unsettled:
            self._unsettled[table.id] = frozenset(self.stale(table)) | self.unsettled_below(table)
        return self._unsettled[table.id]

    def unsettled_below(self, table: Table) -> frozenset[str]:
        """The partitions that read a stale one, directly or not: made now, they would soon be stale again."""
        slots, found = table.calendar.keys() if table.calendar else ("",), set[str]()
        for parameter in table.inputs:
            restless = self.unsettled(find_table(parameter))
            found |= {slot for slot in slots if restless and not restless.isdisjoint(read_by(table, slot, parameter))}
        return frozenset(found)

    def _read_marks(self, table: Table, slot: str, parameter: str) -> list[tuple[str, int]]:
        marks = [(key, self.marks(find_table(parameter)).contents(key)) for key in read_by(table, slot, parameter)]
        return [(key, mark) for key, mark in marks if mark is not None]


def read_by(table: Table, slot: str, parameter: str) -> tuple[str, ...]:
    """The partitions of the table called `parameter` that a partition is made from."""
    upstream = find_table(parameter)
    if upstream.calendar is None:
        return ("",)
    return upstream.calendar.overlapping((slot,), table.calendar) if table.calendar else upstream.calendar.keys()
