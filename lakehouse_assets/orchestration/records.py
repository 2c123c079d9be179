"""What Dagster has recorded of runs, as rows of the tables in `ops`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from lakehouse_assets.declare.table import LAYERS
from lakehouse_assets.ops.append import Position, Records, Row, bring_up_to_date
from lakehouse_assets.ops.tables import CHECK_RESULTS, MATERIALISATIONS, OpsTable
from lakehouse_assets.publish.marks import number_of

if TYPE_CHECKING:
    # Underscore module: a storage's records have no other home.
    from dagster._core.storage.event_log.base import EventLogRecord

    from lakehouse_assets.settings import Settings

EVENTS = 20_000  # that one commit tells of


def refresh(table: OpsTable, settings: Settings, instance: dg.DagsterInstance) -> int:
    """Let what Dagster has recorded since the last time join a table of `ops`; returns how many rows.

    Each record joins once, whoever asks, and however often. A table that was removed is made anew of all that
    Dagster still knows. Where Dagster's records were begun anew, or some were deleted, all are read again, and those
    that the table holds are left out.
    """
    kind, rows_of = _READ[table.name]

    def read(position: Position) -> Iterator[Records]:
        # What a run tells of a table may be read in two parts, and is one row.
        overlap = table is MATERIALISATIONS
        if position.number and _fingerprint(_event(instance, kind, position.number)) != position.event:
            position, overlap = Position(), True
        while found := _after(instance, kind, position.number):
            last = found[-1]
            position = Position(last.storage_id, _fingerprint(last))
            yield Records(rows_of(found), position, overlap)

    return bring_up_to_date(table, settings, read)


def _after(instance: dg.DagsterInstance, kind: dg.DagsterEventType, number: int) -> Sequence[EventLogRecord]:
    """The next events, in the order of their numbers; none that could still be overtaken."""
    from resources.dagster_storage import numbered_events, settled

    found = numbered_events(instance, dg.EventRecordsFilter(event_type=kind, after_cursor=number), EVENTS)
    return settled(instance, found, datetime.now(UTC))


def _event(instance: dg.DagsterInstance, kind: dg.DagsterEventType, number: int) -> EventLogRecord | None:
    from resources.dagster_storage import numbered_events

    wanted = dg.EventRecordsFilter(event_type=kind, storage_ids=[number])
    return next(iter(numbered_events(instance, wanted, 1)), None)


def _fingerprint(record: EventLogRecord | None) -> int:
    """What tells an event from another of the same number; 0 where there is none."""
    return 0 if record is None else number_of(record.run_id, record.timestamp)


def _check_results(records: Sequence[EventLogRecord]) -> list[Row]:
    rows = []
    for record in records:
        found = record.event_log_entry.asset_check_evaluation
        if found is None or found.asset_key.path[0] not in LAYERS:
            continue
        told = _plain(found.metadata)
        rows.append(
            {
                "table_id": "/".join(found.asset_key.path),
                "partition": found.partition or "",
                "rule": found.check_name,
                "passed": found.passed,
                "severity": found.severity.value,
                "blocking": found.blocking,
                "failed_rows": told.get("failed_rows"),
                "rows": told.get("rows"),
                "version": told.get("delta_version"),
                **_when(record),
            }
        )
    return rows


def _materialisations(records: Sequence[EventLogRecord]) -> list[Row]:
    """A row for each run and table; what all its partitions tell alike is taken once."""
    rows: dict[tuple[Any, ...], Row] = {}
    for record in records:
        made = record.asset_materialization
        if made is None or made.asset_key.path[0] not in LAYERS:
            continue
        told, slot = _plain(made.metadata), made.partition or ""
        key = (record.run_id, made.asset_key, told.get("delta_version"))
        if key not in rows:
            rows[key] = {
                "table_id": "/".join(made.asset_key.path),
                "partitions": told.get("partitions", 1),
                "first_partition": told.get("first_partition", slot),
                "last_partition": told.get("last_partition", slot),
                "rows": told.get("rows_of_run", told.get("dagster/row_count")),
                "version": told.get("delta_version"),
                "published": "dagster/uri" in told,
                "seconds": told.get("seconds", told.get("seconds_compute")),
                **{name: told.get(name) for name in _AS_TOLD},
                **_when(record),
            }
    return list(rows.values())


def _when(record: EventLogRecord) -> Row:
    return {"recorded_at": datetime.fromtimestamp(record.timestamp, UTC), "run_id": record.run_id}


def _plain(metadata: Mapping[str, dg.MetadataValue]) -> dict[str, Any]:
    return {name: value.value for name, value in metadata.items()}


_AS_TOLD = (
    "rows_delivered",
    "rows_quarantined",
    "bytes_scanned",
    "bytes_written",
    "files",
    "seconds_read",
    "seconds_judge",
    "seconds_quarantine",
    "seconds_commit",
    "peak_memory_bytes",
    "cost_estimate",
)
_READ: dict[str, tuple[dg.DagsterEventType, Callable[[Sequence[EventLogRecord]], list[Row]]]] = {
    CHECK_RESULTS.name: (dg.DagsterEventType.ASSET_CHECK_EVALUATION, _check_results),
    MATERIALISATIONS.name: (dg.DagsterEventType.ASSET_MATERIALIZATION, _materialisations),
}
