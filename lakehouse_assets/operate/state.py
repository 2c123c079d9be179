"""How each table is: what it holds, how it lies, what is out of date, rejected and failing. No row is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import tables
from lakehouse_assets.ingest.rejects import FILE_READABLE
from lakehouse_assets.operate.health import LOOKED_BACK, Health, health_of
from lakehouse_assets.operate.neglect import Neglect, neglect_of
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.quarantine import PARTITION, quarantined

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.lake import Lake
    from resources.latest_checks import FailedCheck


@dataclass(frozen=True)
class Failing:
    """A rule or check that does not pass as of now: rows by partition, for a check of partitions as a whole 1 each.

    One that `blocks` sets rows apart; where it `refused`, nothing of its run was published. A rule that refused some
    partitions and let others be published is two.
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
class State:
    """One table: what it holds, how it lies, what is wrong with it. Partitions are keys in order, or just ""."""

    id: str
    owners: tuple[str, ...]
    partitions: tuple[str, ...]
    health: Health
    version: int | None = None
    stale: int = 0
    within: timedelta | None = None
    quarantined: Mapping[str, int] = field(default_factory=dict)  # rows by partition
    rules_broken: Mapping[str, int] = field(default_factory=dict)  # rows by rule
    failing: tuple[Failing, ...] = ()
    neglected: tuple[Neglect, ...] = ()  # of the table and of its quarantine, the worst first

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


def look(lake: Lake, failed: Iterable[FailedCheck], look_back: int = LOOKED_BACK) -> list[State]:
    """The state of every table, bronze first; `failed` in order of table, rule and partition.

    Times of tables come from the latest `look_back` commits of their logs. What is rejected is counted from the
    quarantine's partitions and rules alone.
    """
    by_table: dict[str, list[FailedCheck]] = {}
    for one in failed:
        by_table.setdefault(one.asset, []).append(one)
    declared = list(tables().values())
    for table in declared:
        lake.seen(table).open_ahead()
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda table: _state(table, lake, by_table.get(table.id, ()), look_back), declared))


def _state(table: Table, lake: Lake, failed: Sequence[FailedCheck], look_back: int) -> State:
    url, quarantine_url = lake.seen(table).url, lake.settings.quarantine_url(table.layer, table.name)
    rejected, policy, now = quarantined(url, quarantine_url), table.maintenance, datetime.now(UTC)
    slots, broken = rejected[PARTITION].to_pylist(), rejected["_failed"].to_pylist()
    lying = Counter((rule, slot) for slot, rules in zip(slots, broken, strict=True) for rule in rules or ())
    neglected = [
        *neglect_of(lake.stored(table), url, policy, look_back, now),
        *neglect_of(open_table(quarantine_url), quarantine_url, policy.of_quarantine, look_back, now, quarantine=True),
    ]
    return State(
        id=table.id,
        owners=table.owners,
        partitions=table.calendar.keys() if table.calendar else ("",),
        health=health_of(lake.stored(table), table.calendar.column if table.calendar else None, policy, look_back),
        version=lake.version(table),
        stale=len(lake.stale(table)),
        within=table.freshness.within,
        quarantined=Counter(slots),
        rules_broken=Counter(rule for rule, _ in lying.elements()),
        failing=tuple(_failing(failed, lying)),
        neglected=tuple(sorted(neglected, key=lambda one: -one.urgency)),
    )


def _failing(failed: Sequence[FailedCheck], lying: Counter[tuple[str, str]]) -> Iterable[Failing]:
    """By rule, apart where of some partitions it refused the run, and of others it only set rows apart.

    Rows that were set apart are those `lying` in quarantine, by rule and partition, not those of Dagster's last
    result: a replay or a drop may have taken them out since. So it is of files that refused a load, which lie there as
    long as nobody gives them up.
    """
    failed = [one for one in failed if one.check != FILE_READABLE.id or lying[one.check, one.partition]]
    told = [one for one in failed if _refuses(one) or not (one.blocking and one.failed_rows is not None)]
    for (rule, refused), found in groupby(sorted(told, key=_which), key=_which):
        results = list(found)
        yield Failing(
            rule,
            {one.partition: 1 if one.failed_rows is None else one.failed_rows for one in results},
            of_rows=any(one.failed_rows is not None for one in results),
            blocks=any(one.blocking for one in results),
            refused=refused,
        )
    by_refusal = {(one.check, one.partition) for one in failed if _refuses(one)}
    apart: dict[str, dict[str, int]] = {}
    for (rule, slot), rows in sorted(lying.items()):
        if (rule, slot) not in by_refusal:
            apart.setdefault(rule, {})[slot] = rows
    for rule, rows_of in apart.items():
        yield Failing(rule, rows_of, of_rows=True, blocks=True, refused=False)


def _refuses(one: FailedCheck) -> bool:
    return one.severity == "ERROR"


def _which(one: FailedCheck) -> tuple[str, bool]:
    return one.check, _refuses(one)
