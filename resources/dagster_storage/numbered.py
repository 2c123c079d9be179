"""Events by their numbers in the whole instance, whatever storage keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance, EventRecordsFilter

    # Underscore module: a storage's records have no other home.
    from dagster._core.storage.event_log.base import EventLogRecord

SETTLES = timedelta(seconds=30)


def numbered_events(
    instance: DagsterInstance, wanted: EventRecordsFilter, limit: int | None = None
) -> Sequence[EventLogRecord]:
    """The events of assets or of checks that are wanted, the one of the smallest number first.

    Dagster's default storage, a file for each run, holds these a second time in a file for all runs. Asked for
    checks it looks into the former, whose numbers begin anew with each run; so here it is asked for the latter.
    """
    from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage

    storage = instance.event_log_storage
    if isinstance(storage, SqliteEventLogStorage):
        return SqlEventLogStorage.get_event_records(storage, wanted, limit=limit, ascending=True)
    return storage.get_event_records(wanted, limit=limit, ascending=True)


def settled(instance: DagsterInstance, records: Sequence[EventLogRecord], now: datetime) -> Sequence[EventLogRecord]:
    """The first of these events, in their order, after the last of which none of a smaller number can appear any more.

    Our own storage numbers events as they come to be seen; in others one of a smaller number may appear after one of a
    greater, for a moment.
    """
    from resources.dagster_storage.event_log import LocalEventLogStorage

    if isinstance(instance.event_log_storage, LocalEventLogStorage):
        return records
    until = (now - SETTLES).timestamp()
    return records[: next((i for i, record in enumerate(records) if record.timestamp > until), len(records))]
