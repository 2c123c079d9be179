"""How far a backfill is: its partitions by what became of them, its runs, and what nobody does."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import tables
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.backfill.launch import partitions_of, targets
from lakehouse_assets.operate.backfill.needs import needs

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun
    from dagster._core.execution.backfill import PartitionBackfill

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

RUNNING = ("STARTING", "STARTED", "CANCELING")  # of Dagster's states of a run; before these it waits
ALIVE = 90  # seconds since its last sign of life in which a daemon is taken to be there; it gives one every 30
WORDS = {
    "REQUESTED": "under way",
    "CANCELING": "being cancelled",
    "CANCELED": "cancelled",
    "FAILING": "failing",
    "FAILED": "failed",
    "COMPLETED_SUCCESS": "done",
    "COMPLETED_FAILED": "over, with failures",
}


@dataclass(frozen=True)
class Standing:
    """One table of a backfill: how many partitions it is for, and how many of these were made, failed, are running.

    Those that read a failed one have failed with it.
    """

    table: str
    wanted: int
    made: int
    failed: int
    running: int

    @property
    def waiting(self) -> int:
        """Those that no run has begun for; of a backfill that is over, those that none will."""
        return self.wanted - self.made - self.failed - self.running


@dataclass(frozen=True)
class Progress:
    """A backfill as Dagster records it. `failures` are the runs that failed, with the reason each gave."""

    id: str
    title: str
    state: str
    over: bool
    force: bool
    begun: datetime
    ended: datetime | None
    standings: tuple[Standing, ...]
    runs: Mapping[str, int]
    failures: Mapping[str, str]
    error: str | None = None


def progress_of(backfill: PartitionBackfill, instance: DagsterInstance) -> Progress:
    """What Dagster knows of a backfill now; what the daemon has not looked at yet is not in it."""
    import dagster as dg
    from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES
    from dagster._core.storage.tags import BACKFILL_ID_TAG

    from lakehouse_assets.orchestration.tags import FORCE

    records = instance.get_run_records(dg.RunsFilter(tags={BACKFILL_ID_TAG: backfill.backfill_id}))
    failed = [r.dagster_run.run_id for r in records if r.dagster_run.status == dg.DagsterRunStatus.FAILURE]
    return Progress(
        id=backfill.backfill_id,
        title=backfill.title or "",
        state=WORDS.get(backfill.status.value, backfill.status.value.lower()),
        over=backfill.status in BULK_ACTION_TERMINAL_STATUSES,
        force=FORCE in backfill.tags,
        begun=datetime.fromtimestamp(backfill.backfill_timestamp, UTC),
        ended=datetime.fromtimestamp(backfill.backfill_end_timestamp, UTC) if backfill.backfill_end_timestamp else None,
        standings=_standings(backfill, [record.dagster_run for record in records]),
        runs=Counter(record.dagster_run.status.value.lower() for record in records),
        failures={run_id: reason_of(instance, run_id) for run_id in failed[:NAMED]},
        error=backfill.error.message.strip() if backfill.error else None,
    )


NAMED = 5  # failed runs that one look tells the reason of


def reason_of(instance: DagsterInstance, run_id: str) -> str:
    """Why a run failed: what its first failed step said, or the run itself."""
    import dagster as dg

    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    for record in instance.get_records_for_run(run_id, of_type=kinds).records:
        event = record.event_log_entry.dagster_event
        if event and event.is_step_failure:
            data = event.step_failure_data
            told = data.user_failure_data.description if data.user_failure_data else None
            return told or data.error_display_string
        if event and event.message:
            return event.message
    return "it says no reason"


def left(backfills: Iterable[PartitionBackfill], settings: Settings) -> dict[str, set[str]]:
    """Of the partitions that these backfills were for, by table id, those that are still to be made by the lake's logs.

    Those that made good partitions again are asked what they made: the lake cannot tell.
    """
    from lakehouse_assets.orchestration.tags import FORCE

    wanted, made, forced = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set), False
    for backfill in backfills:
        forced |= FORCE in backfill.tags
        data = backfill.asset_backfill_data
        for table, slots in targets(backfill).items():
            wanted[table] |= slots
        for table, slots in (partitions_of(data.materialized_subset) if data else {}).items():
            made[table] |= slots
    if forced:
        return {table: rest for table, slots in wanted.items() if (rest := slots - made[table])}
    chosen, lake = chosen_tables(wanted), Lake(settings)
    needed = needs(chosen, {t.id: tuple(sorted(wanted[t.id])) for t in chosen}, lake)
    return {table: set(slots) for table, slots in needed.by_table.items()}


def chosen_tables(wanted: Mapping[str, object]) -> tuple[Table, ...]:
    """The tables of these ids that are still declared, in the order of their dependencies."""
    return tuple(table for table in tables().values() if table.id in wanted)


def daemon_is_there(instance: DagsterInstance) -> bool:
    """Whether the part of a Dagster daemon that runs backfills gave a sign of life of late."""
    beat = instance.get_daemon_heartbeats().get("BACKFILL")
    return beat is not None and time.time() - beat.timestamp < ALIVE


def _standings(backfill: PartitionBackfill, runs: Iterable[DagsterRun]) -> tuple[Standing, ...]:
    """By the backfill's `runs`, the newest first, and by what the daemon has seen made.

    The daemon looks at a run some time after it is over, and takes one that waits in the queue for one that runs, and a
    cancelled one for a failed one.
    """
    data = backfill.asset_backfill_data
    if data is None:
        return ()
    from lakehouse_assets.orchestration.runs import newest

    wanted, seen = partitions_of(data.target_subset), partitions_of(data.materialized_subset)
    states = {
        name: {slot: run.status.value for slot, run in of_slot.items()}
        for name, of_slot in newest(tables().values(), runs).items()
    }
    some_failed = any("FAILURE" in of_slot.values() for of_slot in states.values())
    below = partitions_of(data.failed_and_downstream_subset) if some_failed else {}
    order = {name: number for number, name in enumerate(tables())}
    standings = []
    for name, slots in sorted(wanted.items(), key=lambda item: order.get(item[0], len(order))):
        last = states.get(name, {})
        made = seen.get(name, set()) | {slot for slot in slots if last.get(slot) == "SUCCESS"}
        rest = slots - made
        failed = {slot for slot in rest if last.get(slot) == "FAILURE"} | (below.get(name, set()) & rest - last.keys())
        running = {slot for slot in rest if last.get(slot) in RUNNING}
        standings.append(Standing(name, len(slots), len(slots & made), len(failed), len(running)))
    return tuple(standings)
