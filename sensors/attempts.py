"""Earlier runs for arrivals, from Dagster's own records: what each was for, and how it went."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from lakehouse_assets.orchestration.runs import ended_at
from resources.telling import failed_for_good
from sensors.offers import Attempt

if TYPE_CHECKING:
    from dagster import DagsterInstance, RunRecord

    from lakehouse_assets.declare.table import Table
    from sensors.offers import Offer

TABLE = "lakehouse/arrivals"  # tag of a run for arrivals: the table
STATES = "lakehouse/arrived"  # and the state of the files of each of its partitions
REMEMBERED = 500  # runs of a table that are looked back at, however they went
FAILED = 10_000  # and of those before, that did not succeed
NOT_GOOD = [status for status in dg.DagsterRunStatus if status != dg.DagsterRunStatus.SUCCESS]
OVER = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def tags_of(table: Table, offer: Offer) -> dict[str, str]:
    """What a run for an offer carries, so that a later look knows it for what it is."""
    return {TABLE: table.id, STATES: json.dumps(dict(offer.states), separators=(",", ":"))}


def attempts_of(instance: DagsterInstance, table: Table) -> list[Attempt]:
    """The table's earlier runs for arrivals, the newest first."""
    records = remembered(instance, REMEMBERED, tags={TABLE: table.id})
    return [attempt_of(record, _states(record.dagster_run.tags)) for record in records]


def remembered(instance: DagsterInstance, newest: int, **wanted: Any) -> list[RunRecord]:
    """The `newest` runs that are `wanted`, by the names of dg.RunsFilter, and those before them that did not succeed.

    What failed for good must be known as long as it is due, or it is tried for ever: each try is one more run.
    """
    last = list(instance.get_run_records(dg.RunsFilter(**wanted), limit=newest))
    if len(last) < newest:
        return last
    failed = dg.RunsFilter(**wanted, statuses=NOT_GOOD)
    return [*last, *instance.get_run_records(failed, limit=FAILED, cursor=last[-1].dagster_run.run_id)]


def attempt_of(record: RunRecord, states: Mapping[str, str]) -> Attempt:
    """A run as an attempt at these partitions in these states."""
    run = record.dagster_run
    return Attempt(
        states=states,
        ended=ended_at(record) if run.status in OVER else None,
        succeeded=run.status == dg.DagsterRunStatus.SUCCESS,
        permanent=failed_for_good(run),
    )


def _states(tags: Mapping[str, str]) -> dict[str, str]:
    return {str(slot): str(state) for slot, state in json.loads(tags[STATES]).items()}
