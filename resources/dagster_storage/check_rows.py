"""Asset check results, many at a time, as Dagster's own storage writes them one at a time.

Dagster has no batch for check evaluations, and a year of a table with eight rules is 2,928 of them.
`test_same_answers.py` compares the rows written here with those of Dagster's default storage.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as db
from dagster import DagsterEventType, EventLogEntry

# Underscore modules: the table is part of Dagster's schema and has no public description.
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    SqlEventLogStorageTable,
)
from sqlalchemy.engine import Connection

Row = dict[str, Any]
IDENTITY = ("asset_key", "check_name", "run_id", "partition")


def is_evaluation_of_a_run(event: EventLogEntry) -> bool:
    """Whether `store_evaluations` may store it; one outside any run has no plan to fulfil."""
    is_evaluation = event.dagster_event_type is DagsterEventType.ASSET_CHECK_EVALUATION
    return is_evaluation and bool(event.run_id)


def insert_planned(connection: Connection, event: EventLogEntry, event_id: int | None, row: Row) -> None:
    """One planned result for each partition the run will judge; `row` is the event's own row."""
    planned: Any = event.get_dagster_event().event_specific_data
    subset = planned.partitions_subset
    result = {
        "asset_key": planned.asset_key.to_string(),
        "check_name": planned.check_name,
        "run_id": event.run_id,
        "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
        **_event_columns(row, event_id),
    }
    partitions: Sequence[str | None] = list(subset.get_partition_keys()) if subset else [None]
    if partitions:
        connection.execute(AssetCheckExecutionsTable.insert(), [{**result, "partition": p} for p in partitions])


def store_evaluations(connection: Connection, events: Sequence[EventLogEntry], rows: Sequence[Row]) -> None:
    """Log `events`, whose rows are `rows`, and fill in the results that their runs planned."""
    insert_events = SqlEventLogStorageTable.insert().returning(
        SqlEventLogStorageTable.c.id, sort_by_parameter_order=True
    )
    event_ids = connection.execute(insert_events, list(rows)).scalars().all()

    known = _known(connection, events)
    new: list[Row] = []
    changed: list[Row] = []
    for event, row, event_id in zip(events, rows, event_ids, strict=True):
        result = _evaluated(event, row, event_id)
        identity = tuple(result[column] for column in IDENTITY)
        if identity in known:
            changed.append({f"old_{column}": result[column] for column in IDENTITY} | result)
        else:
            new.append(result)
            known.add(identity)
    # New ones first: a result that comes twice in `events` is inserted, then changed.
    if new:
        connection.execute(AssetCheckExecutionsTable.insert(), new)
    if changed:
        connection.execute(_update(), changed)


def _known(connection: Connection, events: Sequence[EventLogEntry]) -> set[tuple[Any, ...]]:
    columns = AssetCheckExecutionsTable.c
    evaluations: list[Any] = [event.get_dagster_event().event_specific_data for event in events]
    query = db.select(*(columns[column] for column in IDENTITY)).where(
        columns.asset_key.in_({evaluation.asset_key.to_string() for evaluation in evaluations}),
        columns.check_name.in_({evaluation.check_name for evaluation in evaluations}),
        columns.run_id.in_({event.run_id for event in events}),
    )
    return {tuple(row) for row in connection.execute(query)}


def _update() -> db.Update:
    # `IS`, because an unpartitioned check has no partition.
    same = [
        AssetCheckExecutionsTable.c[column].is_not_distinct_from(db.bindparam(f"old_{column}")) for column in IDENTITY
    ]
    return AssetCheckExecutionsTable.update().where(*same)


def _evaluated(event: EventLogEntry, row: Row, event_id: int) -> Row:
    evaluation: Any = event.get_dagster_event().event_specific_data
    status = AssetCheckExecutionRecordStatus
    target = evaluation.target_materialization_data
    return {
        "asset_key": evaluation.asset_key.to_string(),
        "check_name": evaluation.check_name,
        "run_id": event.run_id,
        "partition": evaluation.partition,
        "execution_status": (status.SUCCEEDED if evaluation.passed else status.FAILED).value,
        "materialization_event_storage_id": target.storage_id if target else None,
        **_event_columns(row, event_id),
    }


def _event_columns(row: Mapping[str, Any], event_id: int | None) -> Row:
    return {
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": event_id,
    }
