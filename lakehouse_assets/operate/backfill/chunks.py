"""In which runs a backfill makes what it has to: bronze before silver before gold, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from lakehouse_assets.operate.plan import waves
from lakehouse_assets.operate.stretches import never_published, stretches

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.lake import Lake


@dataclass(frozen=True)
class Chunk:
    """One run: tables of one calendar over an unbroken range of its partitions; no keys for unpartitioned tables.

    One that goes `alone` is for a single partition, whose last run failed for good.
    """

    tables: tuple[Table, ...]
    keys: tuple[str, ...]
    alone: bool = False

    def __str__(self) -> str:
        span = f", {' to '.join(dict.fromkeys((self.keys[0], self.keys[-1])))}" if self.keys else ""
        return f"{', '.join(table.id for table in self.tables)}{span}"


def chunks(
    tables: Iterable[Table],
    needed: Mapping[str, Iterable[str]],
    lake: Lake,
    alone: Mapping[str, Iterable[str]] | None = None,
) -> list[Chunk]:
    """The runs that make the partitions that are `needed` of each table, by its id.

    A day that nobody ever delivered does not break a range; a good partition always does. What is to go `alone`, by
    table id, is made by a run of its own, so that one bad partition holds back no other.
    """
    apart = {table: set(slots) for table, slots in (alone or {}).items()}
    return [
        chunk
        for wave in waves(table for table in tables if table.id in needed)
        for chunk in _of_wave(wave.tables, {table.id: set(needed[table.id]) for table in wave.tables}, lake, apart)
    ]


def _of_wave(
    tables: tuple[Table, ...], needed: Mapping[str, set[str]], lake: Lake, alone: Mapping[str, set[str]]
) -> Iterator[Chunk]:
    calendar = tables[0].calendar
    if calendar is None:
        yield Chunk(tables, ())
        return
    touched = set().union(*needed.values())
    keys, first, last = calendar.keys(), min(touched), max(touched)
    slots = [key for key in keys if first <= key <= last]
    due_on = {slot: tuple(t for t in tables if slot in needed[t.id]) for slot in slots}
    apart = {slot for slot, due in due_on.items() if any(slot in alone.get(t.id, ()) for t in due)}
    for chosen, stretch in stretches(due_on, never_published(tables, slots, lake)):
        most = min(table.backfill.partitions_per_run for table in chosen)
        for single, together in groupby(stretch, key=lambda slot: slot if slot in apart else ""):
            part = tuple(together)
            if any(due_on[slot] for slot in part):  # else between two that go alone lie days without a delivery
                yield from (Chunk(chosen, some, bool(single)) for some in _batched(part, most))


def _batched(keys: tuple[str, ...], most: int) -> Iterator[tuple[str, ...]]:
    return (keys[i : i + most] for i in range(0, len(keys), most))
