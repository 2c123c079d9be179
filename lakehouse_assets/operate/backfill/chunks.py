"""In which runs a backfill makes what it has to: bronze before silver before gold, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.operate.plan import waves
from lakehouse_assets.operate.stretches import never_published, stretches

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.lake import Lake


@dataclass(frozen=True)
class Chunk:
    """One run: tables of one calendar over an unbroken range of its partitions; no keys for unpartitioned tables."""

    tables: tuple[Table, ...]
    keys: tuple[str, ...]

    def __str__(self) -> str:
        span = f", {' to '.join(dict.fromkeys((self.keys[0], self.keys[-1])))}" if self.keys else ""
        return f"{', '.join(table.id for table in self.tables)}{span}"


def chunks(tables: Iterable[Table], needed: Mapping[str, Iterable[str]], lake: Lake) -> list[Chunk]:
    """The runs that make the partitions that are `needed` of each table, by its id.

    A day that nobody ever delivered does not break a range; a good partition always does.
    """
    return [
        chunk
        for wave in waves(table for table in tables if table.id in needed)
        for chunk in _of_wave(wave.tables, {table.id: set(needed[table.id]) for table in wave.tables}, lake)
    ]


def _of_wave(tables: tuple[Table, ...], needed: Mapping[str, set[str]], lake: Lake) -> Iterator[Chunk]:
    calendar = tables[0].calendar
    if calendar is None:
        yield Chunk(tables, ())
        return
    touched = set().union(*needed.values())
    keys, first, last = calendar.keys(), min(touched), max(touched)
    slots = [key for key in keys if first <= key <= last]
    due_on = {slot: tuple(t for t in tables if slot in needed[t.id]) for slot in slots}
    for chosen, stretch in stretches(due_on, never_published(tables, slots, lake)):
        most = min(table.backfill.partitions_per_run for table in chosen)
        for part in _batched(stretch, most):
            yield Chunk(chosen, part)


def _batched(keys: tuple[str, ...], most: int) -> Iterator[tuple[str, ...]]:
    return (keys[i : i + most] for i in range(0, len(keys), most))
