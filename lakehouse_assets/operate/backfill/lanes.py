"""Which runs of a plan can be asked for now, where some are to go alone.

Dagster joins partitions of a backfill that follow one another. One that is to go alone therefore needs neighbours
that belong to another backfill: every second run goes to a second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.operate.plan import upstream

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.operate.backfill.chunks import Chunk


@dataclass(frozen=True)
class Lanes:
    """Runs by the backfill that each belongs to, none of which waits for another; and those that have to `wait`."""

    now: tuple[tuple[Chunk, ...], ...]
    wait: tuple[Chunk, ...] = ()


def lanes(chunks: Iterable[Chunk]) -> Lanes:
    """The runs of a plan, in its order.

    Tables of another calendar that read what is made in two backfills, as a week reads its days, wait until both are
    over; where the second would have to wait for the first, it does.
    """
    first: list[Chunk] = []
    second: list[Chunk] = []
    for chunk in chunks:
        beside = next((lane for lane in (first, second) if lane and _touch(lane[-1], chunk)), None)
        (second if beside is first else first).append(chunk)
    apart = {table for chunk in second for table in chunk.tables}
    wait = [chunk for chunk in first if _reads(chunk, apart)]
    first = [chunk for chunk in first if chunk not in wait]
    made_first = {table for chunk in first for table in chunk.tables}
    if any(_reads(chunk, made_first) for chunk in second):
        return Lanes((tuple(first),), (*second, *wait))
    return Lanes(tuple(tuple(lane) for lane in (first, second) if lane), tuple(wait))


def _touch(before: Chunk, after: Chunk) -> bool:
    """Whether Dagster would join two runs of which one is to go alone."""
    calendar = after.tables[0].calendar
    if not (before.alone or after.alone) or calendar is None or before.tables[0].calendar != calendar:
        return False
    return calendar.window(before.keys[-1])[1] == calendar.window(after.keys[0])[0]


def _reads(chunk: Chunk, made: set[Table]) -> bool:
    """Whether a run reads other partitions than its own of what is `made`."""
    return any(
        above in made and above.calendar != table.calendar for table in chunk.tables for above in upstream(table)
    )
