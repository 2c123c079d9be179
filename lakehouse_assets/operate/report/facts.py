"""What the report tells, gathered from the tables' logs and from the records in `ops`. Nothing is drawn here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lakehouse_assets.catalog import tables
from lakehouse_assets.operate.health import Health, health_of
from lakehouse_assets.operate.query import execute
from lakehouse_assets.ops.tables import CHECK_RESULTS, MATERIALISATIONS, OpsTable
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.quarantine import PARTITION, quarantined

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.settings import Settings

# The latest result of each rule and partition: what is true now, whatever was found before.
FAILING = """
select table_id, rule, partition, severity, blocking, failed_rows
from (select *, row_number() over (partition by table_id, rule, partition order by recorded_at desc) as nth
      from ops.check_results)
where nth = 1 and not passed
order by table_id, rule, partition
"""


@dataclass(frozen=True)
class Failing:
    """A rule or check that does not pass as of now: rows by partition, for a check of partitions as a whole 1 each.

    One that `blocks` sets rows apart; where it `refused`, nothing of its run was published.
    """

    rule: str
    cells: Mapping[str, int]
    of_rows: bool
    blocks: bool
    refused: bool

    @property
    def rows(self) -> int:
        """All partitions together."""
        return sum(self.cells.values())


@dataclass(frozen=True)
class TableFacts:
    """One table: what it holds, how it lies, what is wrong with it. Partitions are keys in order, or just ""."""

    id: str
    owners: tuple[str, ...]
    partitions: tuple[str, ...]
    health: Health
    stale: int = 0
    within: timedelta | None = None
    quarantined: Mapping[str, int] = field(default_factory=dict)  # rows by partition
    rules_broken: Mapping[str, int] = field(default_factory=dict)  # rows by rule
    failing: tuple[Failing, ...] = ()

    @property
    def rows(self) -> int:
        """Accepted rows."""
        return sum(self.health.rows.values())

    @property
    def rows_quarantined(self) -> int:
        """Rejected rows."""
        return sum(self.quarantined.values())

    def is_late(self, now: datetime) -> bool:
        """Whether it was made longer ago than it promises."""
        made = self.health.made_at
        return self.within is not None and (made is None or now - made > self.within)


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
    """Everything that the report tells, at one time; `runs` are those since `since`."""

    root: str
    now: datetime
    since: datetime
    tables: tuple[TableFacts, ...]
    runs: tuple[Run, ...]


def gather(lake: Lake, days: int) -> Facts:
    """Look at the lake, and at what was recorded in the last `days`."""
    now = datetime.now(UTC)
    since = now - timedelta(days=days)
    failing = _failing(lake.settings)
    return Facts(
        root=lake.settings.root,
        now=now,
        since=since,
        tables=tuple(_table(table, lake, failing.get(table.id, [])) for table in tables().values()),
        runs=tuple(_runs(lake.settings, since)),
    )


def _table(table: Table, lake: Lake, failing: Iterable[Mapping[str, Any]]) -> TableFacts:
    column = table.calendar.column if table.calendar else None
    rejected = quarantined(lake.seen(table).url, lake.settings.quarantine_url(table.layer, table.name))
    by_slot: dict[str, int] = defaultdict(int)
    by_rule: dict[str, int] = defaultdict(int)
    for slot, rules in zip(rejected[PARTITION].to_pylist(), rejected["_failed"].to_pylist(), strict=True):
        by_slot[slot] += 1
        for rule in rules or ():
            by_rule[rule] += 1
    return TableFacts(
        id=table.id,
        owners=table.owners,
        partitions=table.calendar.keys() if table.calendar else ("",),
        health=health_of(lake.stored(table), column),
        stale=len(lake.stale(table)),
        within=table.fresh.within if table.fresh else None,
        quarantined=dict(by_slot),
        rules_broken=dict(by_rule),
        failing=tuple(_by_rule(failing)),
    )


def _by_rule(results: Iterable[Mapping[str, Any]]) -> Iterable[Failing]:
    for rule, found in groupby(results, key=lambda row: row["rule"]):  # they come in order of their rule
        rows = list(found)
        yield Failing(
            rule,
            {row["partition"]: 1 if row["failed_rows"] is None else row["failed_rows"] for row in rows},
            of_rows=any(row["failed_rows"] is not None for row in rows),
            blocks=any(row["blocking"] for row in rows),
            refused=any(row["severity"] == "ERROR" for row in rows),
        )


def _failing(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(CHECK_RESULTS, FAILING, settings):
        found[row["table_id"]].append(row)
    return found


def _runs(settings: Settings, since: datetime) -> Iterable[Run]:
    query = f"select * from ops.{MATERIALISATIONS.name} where recorded_at >= '{since.isoformat()}' order by recorded_at"  # noqa: S608
    for row in _rows(MATERIALISATIONS, query, settings):
        first, last = row["first_partition"] or "", row["last_partition"] or ""
        phases = {name: row[f"seconds_{name}"] or 0.0 for name in PHASES}
        yield Run(
            table=row["table_id"],
            at=row["recorded_at"],
            run_id=row["run_id"],
            span=first if first == last else f"{first} to {last}",
            rows=row["rows"] or 0,
            seconds=row["seconds"] or 0.0,
            phases=phases,
            cost=row["cost_estimate"],
        )


def _rows(table: OpsTable, query: str, settings: Settings) -> list[dict[str, Any]]:
    return execute(query, settings).to_pylist() if open_table(table.url(settings)) is not None else []


PHASES = ("read", "judge", "quarantine", "commit")
