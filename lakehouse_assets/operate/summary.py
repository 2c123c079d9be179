"""What the lake holds, a line for each table: read from the lake itself, and the checks from Dagster."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import tables
from lakehouse_assets.publish.quarantine import quarantined

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.lake import Lake


@dataclass(frozen=True)
class Line:
    """One table as it is now."""

    table: str
    accepted: int
    quarantined: int
    version: int | None
    partitions: int  # published ones; 1 for an unpartitioned table
    stale: int  # partitions that do not hold what they would be made from now
    failing: Counter[str]  # rows in quarantine by rule

    @property
    def delivered(self) -> int:
        """Rows that were judged: each is accepted or quarantined."""
        return self.accepted + self.quarantined


def summarize(lake: Lake) -> list[Line]:
    """A line for every table, bronze first.

    Counts come from Delta's statistics; no rows are read but the rule names in quarantine.
    """
    return [_line(table, lake) for table in tables().values()]


def _line(table: Table, lake: Lake) -> Line:
    stored = lake.stored(table)
    rejected = quarantined(lake.seen(table).url, lake.settings.quarantine_url(table.layer, table.name))
    slots = table.calendar.keys() if table.calendar else ("",)
    return Line(
        table=table.id,
        accepted=0 if stored is None else stored.count(),
        quarantined=rejected.num_rows,
        version=lake.version(table),
        partitions=sum(lake.mark(table, slot) is not None for slot in slots),
        stale=len(lake.stale(table)),
        failing=Counter(rule for failed in rejected["_failed"].to_pylist() for rule in failed or ()),
    )
