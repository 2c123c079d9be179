"""A plan: everything that a backfill would do, before it does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lakehouse_assets.errors import UnknownTableError
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.backfill.chunks import Chunk, chunks
from lakehouse_assets.operate.backfill.estimate import Estimate, estimate, fit, rows_per_partition
from lakehouse_assets.operate.backfill.lanes import Lanes, lanes
from lakehouse_assets.operate.backfill.needs import Needs, Reason, needs
from lakehouse_assets.operate.backfill.past import failed_partitions, past_runs
from lakehouse_assets.operate.history import history
from lakehouse_assets.policies.cost import rate_per_hour

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from lakehouse_assets.declare.partitions import Calendar
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.operate.backfill.needs import Wanted
    from lakehouse_assets.settings import Settings

COMMITS = 100  # of a table's log that are asked which code made it


@dataclass(frozen=True)
class Line:
    """One table of a plan. Rows and seconds are those of its own steps; None where no past run tells of them."""

    table: str
    slots: tuple[str, ...]
    reasons: Mapping[Reason, int]
    good: int
    runs: int
    rows: float | None
    seconds: float | None


@dataclass(frozen=True)
class Plan:
    """What would be made in the `lake` with this root, why, in which runs, and what that takes."""

    lake: str
    needs: Needs
    chunks: tuple[Chunk, ...]
    lines: tuple[Line, ...]
    estimate: Estimate
    force: bool = False

    @cached_property
    def lanes(self) -> Lanes:
        """The runs that can be asked for now, and those that cannot."""
        return lanes(self.chunks)

    @property
    def partitions(self) -> int:
        """How many partitions would be made, of all tables."""
        return sum(len(slots) for slots in self.needs.by_table.values())


def wanted(tables: tuple[Table, ...], first: str | None = None, last: str | None = None) -> dict[str, tuple[str, ...]]:
    """The partitions of these tables that overlap the days, by table id; an unpartitioned table is always meant."""
    return {table.id: _within(table.calendar, first, last) for table in tables}


def _within(calendar: Calendar | None, first: str | None, last: str | None) -> tuple[str, ...]:
    if calendar is None:
        return ("",)
    return calendar.between(first, last) if first or last else calendar.keys()


def make_plan(
    tables: tuple[Table, ...], asked: Wanted, settings: Settings, instance: DagsterInstance, *, force: bool = False
) -> Plan:
    """What of the partitions `asked` for has to be made; `force` makes good ones again, too."""
    lake = Lake(settings)
    failed = failed_partitions(instance, tables)
    code = {table.id: earlier_code(table, settings) for table in tables}
    needed = needs(tables, asked, lake, failed.partitions, code, force=force)
    runs = chunks(tables, needed.by_table, lake, failed.for_good)
    past = {table.id: past_runs(instance, table) for table in tables if table.id in needed.by_table}
    lines = []
    for table in tables:
        slots = needed.by_table.get(table.id, {})
        mine = [len(chunk.keys) or 1 for chunk in runs if table in chunk.tables]
        known = past.get(table.id)
        fixed, each = fit(known) if known else (0.0, 0.0)
        lines.append(
            Line(
                table.id,
                tuple(slots),
                Counter(slots.values()),
                needed.good.get(table.id, 0),
                len(mine),
                sum(mine) * rows_per_partition(known) if known else None,
                sum(fixed + count * each for count in mine) if known else None,
            )
        )
    taken = estimate(runs, past, rate_per_hour(settings.engine))
    return Plan(settings.root, needed, tuple(runs), tuple(lines), taken, force)


def earlier_code(table: Table, settings: Settings) -> set[str]:
    """The versions of a table's code that its log tells of, but for the present one."""
    try:
        told = [version.told.get("code_version") for version in history(table, settings, COMMITS)]
    except UnknownTableError:
        return set()
    return {str(version) for version in told if version and version != table.code_version}
