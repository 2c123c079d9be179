"""Events by their numbers in the whole instance, whatever storage keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance, EventRecordsFilter

    # Underscore module: a storage's records have no other home.
    from dagster._core.storage.event_log.base import EventLogRecord


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
