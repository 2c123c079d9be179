"""Which partitions a backfill has to make, and why each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.declare.write import AppendOnce
from lakehouse_assets.lake import read_by

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.lake import Lake

Wanted = Mapping[str, tuple[str, ...]]  # by table id, the partitions that a user asked for


class Reason(StrEnum):
    """Why a partition is made; the first that is true is told."""

    FAILED = "failed"  # it is out of date, and the last run that was for it failed
    MISSING = "missing"  # it was never published
    CODE = "code"  # it is what it was made from, but the table's code has changed since
    INPUT = "input"  # what it is made from has changed, or will have by this backfill
    FORCED = "forced"  # it is good


@dataclass(frozen=True)
class Needs:
    """By table id the partitions to be made, oldest first, each with its reason; how many good ones are left alone."""

    by_table: Mapping[str, Mapping[str, Reason]]
    good: Mapping[str, int] = field(default_factory=dict)


def needs(
    tables: Iterable[Table],
    wanted: Wanted,
    lake: Lake,
    failed: Mapping[str, Iterable[str]] | None = None,
    earlier_code: Mapping[str, Iterable[str]] | None = None,
    *,
    force: bool = False,
) -> Needs:
    """What of the `wanted` partitions has to be made, `tables` being in the order of their dependencies.

    A partition that reads one that this backfill makes is made, too, where it can be. `failed` are partitions whose
    last run failed, `earlier_code` the versions of its code that a table was made by, both by table id. `force`
    makes good partitions again, but for those of a table that is written once.
    """
    found: dict[str, dict[str, Reason]] = {}
    good: dict[str, int] = {}
    for table in tables:
        slots, marks = wanted[table.id], lake.marks(table)
        stale, after = set(lake.stale(table, slots)), _after(table, slots, lake, found)
        there = (slot for slot in slots if marks.made(slot) is not None)
        if isinstance(table.write, AppendOnce):
            chosen = (stale | after) - set(there)
        else:
            chosen = stale | after | (set(lake.available(table, slots)) if force else set())
        if not force:  # else what it reads may be made again without becoming another
            stale |= after
        by_code = lake.stale_by_code(table, stale, (earlier_code or {}).get(table.id, ()))
        bad = set((failed or {}).get(table.id, ()))
        found[table.id] = {
            slot: _reason(slot, stale, bad, by_code, published=marks.made(slot) is not None)
            for slot in slots
            if slot in chosen
        }
        good[table.id] = sum(marks.made(slot) is not None and slot not in chosen for slot in slots)
    return Needs({table: slots for table, slots in found.items() if slots}, good)


def _after(table: Table, slots: Iterable[str], lake: Lake, planned: Mapping[str, Mapping[str, Reason]]) -> set[str]:
    """The partitions that read one that is planned, and whose other inputs are there or planned."""
    above = [(name, planned.get(find_table(name).id, {}), lake.marks(find_table(name))) for name in table.inputs]
    if not any(made for _, made, _ in above):
        return set()
    found = set()
    for slot in slots:
        read = [(read_by(table, slot, name), made, marks) for name, made, marks in above]
        touched = any(key in made for keys, made, _ in read for key in keys)
        if touched and all(any(k in made or marks.made(k) is not None for k in keys) for keys, made, marks in read):
            found.add(slot)
    return found


def _reason(slot: str, stale: set[str], failed: set[str], by_code: set[str], *, published: bool) -> Reason:
    if slot not in stale:
        return Reason.FORCED
    if slot in failed:
        return Reason.FAILED
    if not published:
        return Reason.MISSING
    return Reason.CODE if slot in by_code else Reason.INPUT
