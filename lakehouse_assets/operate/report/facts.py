"""What the report tells: how each table is, and what its runs took, as recorded in `ops`. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lakehouse_assets.operate.checks import failed_checks
from lakehouse_assets.operate.query import execute
from lakehouse_assets.operate.report.failures import Failure, failures_since
from lakehouse_assets.operate.state import State, look
from lakehouse_assets.ops.tables import MATERIALISATIONS
from lakehouse_assets.publish.commit import open_table

if TYPE_CHECKING:
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.settings import Settings

PHASES = ("read", "judge", "quarantine", "commit")


@dataclass(frozen=True)
class Run:
    """One table made by one run, as `ops/materialisations` tells."""

    table: str
    at: datetime
    run_id: str
    span: str
    rows: int
    seconds: float
    phases: Mapping[str, float]
    cost: float | None


@dataclass(frozen=True)
class Facts:
    """Everything that the report tells, at one time; `runs` and `failures` are those since `since`."""

    root: str
    now: datetime
    since: datetime
    tables: tuple[State, ...]
    runs: tuple[Run, ...]
    failures: tuple[Failure, ...] = ()


def gather(lake: Lake, days: int) -> Facts:
    """Look at the lake, and at what was recorded in the last `days`."""
    now = datetime.now(UTC)
    since = now - timedelta(days=days)
    states = look(lake, failed_checks(lake.settings))
    runs, failed = runs_since(since, lake.settings), failures_since(since, lake.settings)
    return Facts(lake.settings.root, now, since, tuple(states), tuple(runs), tuple(failed))


def runs_since(since: datetime, settings: Settings) -> Iterable[Run]:
    """The runs of tables that `ops/materialisations` knows of, the oldest first."""
    if open_table(MATERIALISATIONS.url(settings)) is None:
        return
    query = f"select * from ops.{MATERIALISATIONS.name} where recorded_at >= '{since.isoformat()}' order by recorded_at"  # noqa: S608
    for row in execute(query, settings).to_pylist():
        first, last = row["first_partition"] or "", row["last_partition"] or ""
        yield Run(
            table=row["table_id"],
            at=row["recorded_at"],
            run_id=row["run_id"],
            span=first if first == last else f"{first} to {last}",
            rows=row["rows"] or 0,
            seconds=row["seconds"] or 0.0,
            phases={name: row[f"seconds_{name}"] or 0.0 for name in PHASES},
            cost=row["cost_estimate"],
        )
