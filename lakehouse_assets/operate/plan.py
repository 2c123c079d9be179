"""Planning a run: which partitions of which tables have to be made, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.catalog import tables

if TYPE_CHECKING:
    from lakehouse_assets.declare.partitions import Calendar
    from lakehouse_assets.declare.table import Table


@dataclass(frozen=True)
class Wave:
    """Tables that one run can make: they share a calendar, and what they read is there or among them."""

    calendar: Calendar | None
    tables: tuple[Table, ...]


def select(names: Sequence[str]) -> tuple[Table, ...]:
    """The tables a user named, each with everything above it when written `+name`; all without a name.

    A layer's name stands for its tables. Raises UnknownTableError for a name that is none.
    """
    if not names:
        return tuple(tables().values())
    chosen: set[str] = set()
    for name in names:
        plain = name.removeprefix("+")
        members = [t for t in tables().values() if t.layer == plain] or [find_table(plain)]
        chosen |= {t.id for t in members}
        if name.startswith("+"):
            chosen |= {t.id for member in members for t in upstream(member)}
    return tuple(t for t in tables().values() if t.id in chosen)


def upstream(table: Table) -> set[Table]:
    """Everything a table is made from, directly or not."""
    direct = {find_table(name) for name in table.inputs}
    return direct | {t for parent in direct for t in upstream(parent)}


def waves(chosen: Iterable[Table]) -> list[Wave]:
    """The chosen tables in as few runs as their calendars allow, each run after those it depends on."""
    waiting = list(chosen)
    planned: list[Wave] = []
    while waiting:
        options = {}
        for calendar in dict.fromkeys(t.calendar for t in waiting):
            options[calendar] = _ready(waiting, calendar)
        calendar, ready = max(options.items(), key=lambda option: len(option[1]))
        planned.append(Wave(calendar, tuple(ready)))
        waiting = [t for t in waiting if t not in ready]
    return planned


def _ready(waiting: list[Table], calendar: Calendar | None) -> list[Table]:
    """The waiting tables of one calendar that wait only for each other."""
    by_parameter = {t.parameter: t for t in waiting}
    ready: list[Table] = []
    for table in waiting:  # they come in dependency order
        blockers = [by_parameter[name] for name in table.inputs if name in by_parameter]
        if table.calendar == calendar and all(b in ready for b in blockers):
            ready.append(table)
    return ready
