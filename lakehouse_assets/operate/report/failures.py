"""Runs that failed, as Dagster's records tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from dagster import DagsterInstance, RunRecord

    from lakehouse_assets.settings import Settings

MOST = 50  # runs, the latest


@dataclass(frozen=True)
class Failure:
    """A run that failed: what it was to make, and the rules and checks that refused it.

    Where nothing refused it, it broke off otherwise: its process was killed, a store was away, code raised.
    """

    at: datetime
    run_id: str
    tables: tuple[str, ...]
    span: str  # its partitions
    refused_by: tuple[str, ...] = ()


def failures_since(since: datetime, settings: Settings) -> list[Failure]:
    """The last runs that failed, the newest first. No error's text is in them: that may hold what a row said."""
    from dagster import DagsterRunStatus, RunsFilter

    from resources.dagster_home import open_instance

    with open_instance(settings) as instance:
        wanted = RunsFilter(statuses=[DagsterRunStatus.FAILURE], created_after=since)
        return [_failure(instance, record) for record in instance.get_run_records(wanted, limit=MOST)]


def _failure(instance: DagsterInstance, record: RunRecord) -> Failure:
    from dagster import AssetCheckSeverity, DagsterEventType

    from lakehouse_assets.orchestration.runs import ended_at, ends_of

    run = record.dagster_run
    first, last = ends_of(run.tags)
    told = instance.get_records_for_run(run.run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION).records
    results = [r for record in told if (r := record.event_log_entry.asset_check_evaluation) is not None]
    refused = {
        f"{'/'.join(r.asset_key.path)} {r.check_name}"
        for r in results
        if not r.passed and r.severity == AssetCheckSeverity.ERROR
    }
    return Failure(
        at=ended_at(record),
        run_id=run.run_id,
        tables=tuple(sorted("/".join(key.path) for key in run.asset_selection or ())) or (run.job_name,),
        span=first if first == last else f"{first} to {last}",
        refused_by=tuple(sorted(refused)),
    )
