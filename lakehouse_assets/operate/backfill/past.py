"""What Dagster's records tell of past runs: what tables took, and which partitions failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.operate.backfill.estimate import Past

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from lakehouse_assets.declare.table import Table

LOOKED_BACK_AT = 5  # runs of a table that an estimate is made from
RUNS = 1_000  # that are looked at for failures
ROWS = ("rows_of_run", "dagster/row_count")


def past_runs(instance: DagsterInstance, table: Table) -> list[Past]:
    """The table's last runs that published something, the newest first."""
    import dagster as dg

    from lakehouse_assets.orchestration.runs import covered

    key = dg.AssetKey([table.layer, table.name])
    found: list[Past] = []
    before: float | None = None
    for _ in range(LOOKED_BACK_AT):
        records = dg.AssetRecordsFilter(asset_key=key, before_timestamp=before)
        latest = instance.fetch_materializations(records, limit=1).records
        if not latest:
            break
        run_id, metadata = latest[0].run_id, latest[0].asset_materialization.metadata  # type: ignore[union-attr]
        run = instance.get_run_record_by_id(run_id)
        steps = instance.get_run_step_stats(run_id, [f"{table.layer}__{table.name}"]) if run else []
        rows = next((metadata[name].value for name in ROWS if name in metadata), None)
        if run and steps and steps[0].start_time and steps[0].end_time and rows is not None:
            count = len(covered(table, run.dagster_run.tags)) or 1
            found.append(Past(count, int(str(rows)), steps[0].end_time - steps[0].start_time))
        before = (steps[0].start_time if steps and steps[0].start_time else latest[0].timestamp) - 0.001
    return found


@dataclass(frozen=True)
class Failed:
    """By table id the partitions whose newest run, of those that are over, failed; and those where it did for good."""

    partitions: Mapping[str, set[str]]
    for_good: Mapping[str, set[str]]


def failed_partitions(instance: DagsterInstance, tables: Iterable[Table]) -> Failed:
    """What the newest run of each partition tells, where it failed."""
    import dagster as dg

    from lakehouse_assets.orchestration.runs import newest
    from resources.telling import failed_for_good

    over = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    records = instance.get_run_records(dg.RunsFilter(statuses=over), limit=RUNS)
    failed = {
        table: {slot: run for slot, run in runs.items() if run.status == dg.DagsterRunStatus.FAILURE}
        for table, runs in newest(tables, [record.dagster_run for record in records]).items()
    }
    return Failed(
        {table: set(runs) for table, runs in failed.items()},
        {table: {slot for slot, run in runs.items() if failed_for_good(run)} for table, runs in failed.items()},
    )
