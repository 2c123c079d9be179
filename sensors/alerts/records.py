"""What Dagster's records say of runs, checks, materialisations, sensors and schedules, for a look of the alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

from lakehouse_assets.catalog import tables
from lakehouse_assets.orchestration.runs import covered, ended_at
from lakehouse_assets.settings import Settings
from resources.telling import security_event_of
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
RUNS = 1_000  # failed ones that are looked back at; good ones that are read at once
NEVER = (datetime.min.replace(tzinfo=UTC), 0)
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
    """Runs that failed, and those that may have made them good, the last to end first."""
    wanted = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], created_after=now - LOOKED_BACK)
    failed = instance.get_run_records(wanted, limit=RUNS)
    found: list[Ended] = []
    known: set[tuple[str, str]] = set()
    for record in sorted([*failed, *_good_after(instance, failed)], key=_end, reverse=True):
        whole = _run(record)
        if whole.pairs <= known:
            continue  # later runs tell of all of it, so its steps need not be read
        parts = [whole] if whole.outcome == "succeeded" else _parts(whole, *_steps(instance, record))
        found += parts
        known.update(*(part.pairs for part in parts))
    return found


def _good_after(instance: DagsterInstance, failed: Iterable[RunRecord]) -> list[RunRecord]:
    """Runs that succeeded after these, as far as it takes to see them made good."""
    found: list[RunRecord] = []
    last: dict[tuple[str, str], tuple[datetime, int]] = {}
    open_ = sorted(failed, key=lambda record: record.storage_id)
    after = open_[0] if open_ else None
    while after is not None:
        wanted = dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])
        page = instance.get_run_records(wanted, limit=RUNS, cursor=after.dagster_run.run_id, ascending=True)
        for record in page:
            last |= {pair: max(_end(record), last.get(pair, NEVER)) for pair in _run(record).pairs}
        open_ = [r for r in open_ if any(last.get(pair, NEVER) < _end(r) for pair in _run(r).pairs)]
        found += page
        more = open_ and len(page) == RUNS
        after = max(page[-1], open_[0], key=lambda record: record.storage_id) if more else None
    return found


def _end(record: RunRecord) -> tuple[datetime, int]:
    """When a run ended; of two in the same moment the one that was begun later counts."""
    return ended_at(record), record.storage_id


def _steps(instance: DagsterInstance, record: RunRecord) -> tuple[set[str], set[str], str]:
    """The assets whose steps succeeded, and failed, in a run that did; and the security event that one failed by."""
    run, kinds = record.dagster_run, {dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}
    events = instance.get_records_for_run(run.run_id, of_type=kinds, limit=RUNS).records
    names = {key.to_python_identifier(): name_of(key) for key in run.asset_selection or ()}
    good, bad = set[str](), set[str]()
    for event in (found.event_log_entry.get_dagster_event() for found in events):
        if event.step_key in names:
            (good if event.is_step_success else bad).add(names[event.step_key])
    return good, bad, security_event_of(run) or next(filter(None, map(_security, events)), "")


def _parts(whole: Ended, good: set[str], bad: set[str], security: str) -> list[Ended]:
    """A failed run as what it made, and what it did not: of what it did not come to nothing is said."""
    subjects = set(whole.slots)
    failed = subjects & bad or subjects - good or subjects
    parts = (replace(whole, security=security), failed), (replace(whole, outcome="succeeded"), good - failed)
    return [replace(run, slots={s: whole.slots[s] for s in sorted(part)}) for run, part in parts if part]


def _security(record: EventLogRecord) -> str:
    """The security event that an error is, by the classes of it and of what caused it."""
    event = record.event_log_entry.dagster_event
    error = getattr(event.event_specific_data, "error", None) if event else None
    return security_of(error)


def _run(record: RunRecord) -> Ended:
    """A run as a whole."""
    run = record.dagster_run
    subjects = {name_of(key) for key in run.asset_selection or ()} or {run.job_name}
    good = run.status == dg.DagsterRunStatus.SUCCESS
    slots = {subject: _slots(subject, run.tags) for subject in sorted(subjects)}
    return Ended(run.run_id, "succeeded" if good else "failed", slots)


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
    """Check results that were not read, in order, and up to which they need not be read again."""
    from resources.dagster_storage import numbered_events, settled

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
    last = settled(instance, records, now)
    return [_result(record) for record in records], last[-1].storage_id if last else None


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
