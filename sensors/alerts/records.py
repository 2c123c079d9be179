"""What Dagster's records say of runs, checks, materialisations, sensors and schedules, for a look of the alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

from lakehouse_assets.catalog import tables
from lakehouse_assets.orchestration.runs import covered
from lakehouse_assets.settings import Settings
from resources.telling import SECURITY
from sensors.alerts.bands import Sample
from sensors.alerts.checks import Result
from sensors.alerts.looking import Records
from sensors.alerts.overrides import EVERY, overrides_of
from sensors.alerts.promises import promises_of
from sensors.alerts.runs import Ended
from sensors.alerts.security import security_of
from sensors.alerts.tickers import tickers_of

if TYPE_CHECKING:
    from dagster import DagsterInstance, EventLogRecord, RepositoryDefinition, RunRecord
    from dagster._core.storage.event_log.base import AssetRecord

    from lakehouse_assets.declare.table import Table
    from sensors.alerts.state import State

LOOKED_BACK = timedelta(days=14)  # for runs that failed and were not made good
RUNS, LOOKED_INTO = 1_000, 50  # runs that are looked back at; failed ones whose steps are
FIRST_LOOK = timedelta(days=1)  # of check results, where it is not known which were read
RESULTS, SAMPLES = 10_000, 100  # check results of one look; materialisations of one table


def records_of(
    instance: DagsterInstance,
    repository: RepositoryDefinition,
    state: State,
    now: datetime,
    results_at_once: int | None = RESULTS,
) -> Records:
    """What there is to know, of what `state` does not know yet and of how things are now.

    Of check results the oldest that were not read, `results_at_once`; the others wait for the next look.
    """
    graph = repository.asset_graph
    assets = {record.asset_entry.asset_key: record for record in _assets(instance, graph.get_all_asset_keys())}
    results, read = _results(instance, state.read, now, results_at_once)
    logs_due = state.logs_read is None or not 0 <= now.timestamp() - state.logs_read < EVERY
    found = overrides_of(tables().values(), Settings.from_environment(), state.versions, now) if logs_due else None
    return Records(
        runs=_ended(instance, now),
        results=results,
        read=read,
        samples={name_of(key): [_sample(r) for r in new] for key, new in _unseen(instance, assets, state.seen)},
        happened=found.happened if found else (),
        versions=found.versions if found else {},
        logs_read=now.timestamp() if found else None,
        unread=found.unread if found else (),
        promises=promises_of(graph, assets, now),
        tickers=tickers_of(instance, repository, now),
    )


def name_of(key: dg.AssetKey) -> str:
    """How an asset is called here: its table's id."""
    return "/".join(key.path)


def _ended(instance: DagsterInstance, now: datetime) -> list[Ended]:
    """Runs since the first that failed, the last to end first; none where none failed."""
    after = now - LOOKED_BACK
    failed = instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], created_after=after), limit=RUNS
    )
    if not failed:
        return []
    first = min(record.create_timestamp for record in failed).replace(tzinfo=UTC)
    good = instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS], created_after=first), limit=RUNS
    )
    told = {record.dagster_run.run_id: _failure(instance, record) for record in failed[:LOOKED_INTO]}
    both = sorted([*failed, *good], key=lambda r: r.end_time or r.update_timestamp.timestamp(), reverse=True)
    return [_run(record, *told.get(record.dagster_run.run_id, (frozenset(), ""))) for record in both]


def _failure(instance: DagsterInstance, record: RunRecord) -> tuple[frozenset[str], str]:
    """The assets whose steps failed, and the security event that one of them failed by."""
    run = record.dagster_run
    keys = run.asset_selection or frozenset()
    found = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=RUNS).records
    steps = {found.event_log_entry.step_key for found in found}
    failed = frozenset(name_of(key) for key in keys if key.to_python_identifier() in steps)
    return failed, run.tags.get(SECURITY) or next(filter(None, map(_security, found)), "")


def _security(record: EventLogRecord) -> str:
    """The security event that an error is, by the classes of it and of what caused it."""
    event = record.event_log_entry.dagster_event
    error = getattr(event.event_specific_data, "error", None) if event else None
    return security_of(error)


def _run(record: RunRecord, failed: frozenset[str], security: str) -> Ended:
    run = record.dagster_run
    good = run.status == dg.DagsterRunStatus.SUCCESS
    subjects = {name_of(key) for key in run.asset_selection or ()} or {run.job_name}
    chosen = subjects if good or not failed else subjects & failed
    slots = {subject: _slots(subject, run.tags) for subject in sorted(chosen)}
    return Ended(run.run_id, "succeeded" if good else "failed", slots, security)


def _slots(subject: str, tags: Mapping[str, str]) -> tuple[str, ...]:
    """The partitions of a table, or of its quarantine, that a run was for."""
    table = _by_name().get(subject.removeprefix("quarantine/"))
    return (tags.get(PARTITION_NAME_TAG, ""),) if table is None else covered(table, tags)


@cache
def _by_name() -> dict[str, Table]:
    return {name: table for table in tables().values() for name in (table.id, table.parameter)}


def _results(
    instance: DagsterInstance, read: int | None, now: datetime, limit: int | None
) -> tuple[list[Result], int | None]:
    """Check results that were not read, in order, and the last of them."""
    from resources.dagster_storage import numbered_events

    after = (now - FIRST_LOOK).timestamp()
    records = numbered_events(
        instance,
        dg.EventRecordsFilter(
            dg.DagsterEventType.ASSET_CHECK_EVALUATION,
            after_cursor=read,
            after_timestamp=after if read is None else None,
        ),
        limit,
    )
    return [_result(record) for record in records], max((record.storage_id for record in records), default=None)


def _result(record: EventLogRecord) -> Result:
    event = record.event_log_entry.dagster_event
    found: Any = event.event_specific_data if event else None
    return Result(
        table=name_of(found.asset_key),
        check=found.check_name,
        slot=found.partition or "",
        run=record.event_log_entry.run_id,
        passed=found.passed,
        refuses=found.severity == dg.AssetCheckSeverity.ERROR,
    )


def _assets(instance: DagsterInstance, keys: Iterable[dg.AssetKey]) -> Sequence[AssetRecord]:
    return instance.get_asset_records(list(keys))


def _unseen(
    instance: DagsterInstance, assets: Mapping[dg.AssetKey, AssetRecord], seen: Mapping[str, int]
) -> Iterator[tuple[dg.AssetKey, Sequence[EventLogRecord]]]:
    """The last materialisations of assets that were made since they were looked at."""
    for key, record in assets.items():
        last = record.asset_entry.last_materialization_record
        if last is not None and last.storage_id > seen.get(name_of(key), 0):
            yield key, instance.fetch_materializations(key, limit=SAMPLES).records


def _sample(record: EventLogRecord) -> Sample:
    figures = _figures(record)
    made = "rows_delivered" in figures  # a run that found nothing new says nothing of how long one takes
    return Sample(
        id=record.storage_id,
        slot=record.partition_key or "",
        run=record.run_id,
        rows=figures.get("dagster/partition_row_count", figures.get("dagster/row_count")) if made else None,
        quarantined=figures.get("partition_rows_quarantined", figures.get("rows_quarantined")) if made else None,
        seconds=figures.get("seconds", figures.get("seconds_compute")) if made else None,
    )


def _figures(record: EventLogRecord) -> dict[str, float]:
    metadata = record.asset_materialization.metadata if record.asset_materialization else {}
    return {
        name: float(value.value)
        for name, value in metadata.items()
        if isinstance(value, dg.IntMetadataValue | dg.FloatMetadataValue) and value.value is not None
    }
