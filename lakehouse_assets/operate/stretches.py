"""Unbroken ranges of partitions that one run can make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.lake import Lake


def never_published(tables: Iterable[Table], slots: Iterable[str], lake: Lake) -> set[str]:
    """The partitions that hold nothing in any of these tables, so that a range over them replaces nothing."""
    chosen = tuple(tables)
    return {slot for slot in slots if all(lake.mark(table, slot) is None for table in chosen)}


def stretches(
    due_on: dict[str, tuple[Table, ...]], empty: set[str]
) -> Iterator[tuple[tuple[Table, ...], tuple[str, ...]]]:
    """Ranges of partitions for which the same tables are due.

    A partition for which nothing is due ends a range, unless it is `empty`: the day without a delivery in
    the midst of a year. One that holds rows is never bridged: its deliveries may be gone for good.
    """
    current: tuple[Table, ...] = ()
    keys: list[str] = []
    gap: list[str] = []
    for slot, tables in due_on.items():
        if not tables and slot in empty:
            gap.append(slot)
            continue
        if tables and tables == current:
            keys += [*gap, slot]
        else:
            if keys:
                yield current, tuple(keys)
            current, keys = tables, [slot] if tables else []
        gap = []
    if keys:
        yield current, tuple(keys)
