"""What of the lake somebody should look at, in a line each: for the terminal, the report and outside systems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lakehouse_assets.operate import words

if TYPE_CHECKING:
    from lakehouse_assets.operate.state import Failing, State

LEVELS = ("late", "refused", "out of date", "rejects", "maintain", "warns")  # the worst first


@dataclass(frozen=True)
class Concern:
    """Something that somebody should look at: where, what, and which of `LEVELS` it is."""

    table: str
    what: str
    level: str

    @property
    def bad(self) -> bool:
        """Whether rows are missing that people count on."""
        return self.level in ("late", "refused")


def concerns(states: Iterable[State], now: datetime) -> list[Concern]:
    """What is late, refused, out of date, rejected, warned of or in need of maintenance; the worst first."""
    found = []
    for table in states:
        if table.within and table.is_late(now):
            made = words.ago(table.health.made_at, now)
            found.append(Concern(table.id, f"made {made}, promised within {words.span(table.within)}", "late"))
        found += [Concern(table.id, _said(failing), _level(failing)) for failing in table.failing]
        if table.stale:
            found.append(Concern(table.id, f"{words.some(table.stale, 'partition')} to be made again", "out of date"))
        for due in table.neglected:
            what = f"{due.kind} the quarantine" if due.quarantine else due.kind
            found.append(Concern(table.id, f"{what}: {due.why}", "maintain"))
    return sorted(found, key=lambda concern: LEVELS.index(concern.level))


def _level(failing: Failing) -> str:
    return "refused" if failing.refused else "rejects" if failing.blocks and failing.of_rows else "warns"


def _said(failing: Failing) -> str:
    keys = [key for key in failing.cells if key]
    where = "" if not keys else f" in {keys[0]}" if len(keys) == 1 else f" in {len(keys):,} partitions"
    return f"{failing.rule}: {words.some(failing.rows, 'row')}{where}" if failing.of_rows else f"{failing.rule}{where}"
