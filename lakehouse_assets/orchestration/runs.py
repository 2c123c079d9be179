"""What a Dagster run was for, read off its tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from lakehouse_assets.errors import SettingsError
from lakehouse_assets.orchestration.tags import LAKE

if TYPE_CHECKING:
    from dagster import DagsterRun, RunRecord

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


def covered(table: Table, tags: Mapping[str, str]) -> tuple[str, ...]:
    """The partitions of a table that a run with these tags was for; `("",)` for an unpartitioned one."""
    if table.calendar is None:
        return ("",)
    first, last = ends_of(tags)
    keys = table.calendar.keys()
    return tuple(key for key in keys if first <= key <= last)


def require_same_lake(tags: Mapping[str, str], settings: Settings) -> None:
    """Raise SettingsError where a run with these tags was planned over another lake than this process works on.

    A backfill is planned by the shell and made by the daemon, each with the variables it was started with.
    """
    planned = tags.get(LAKE, settings.root)
    if planned != settings.root:
        raise SettingsError(
            f"it was planned over the lake {planned}, and the process that is to make it works on {settings.root}",
            remedy="plan it with the LAKEHOUSE_ROOT of the daemon, or give each lake a LAKEHOUSE_HOME of its own",
        )


def newest(tables: Iterable[Table], runs: Iterable[DagsterRun]) -> dict[str, dict[str, DagsterRun]]:
    """By table id and partition the newest run that was for it; `runs` come the newest first."""
    of_id = {table.id: table for table in tables}
    found: dict[str, dict[str, DagsterRun]] = {name: {} for name in of_id}
    for run in runs:
        for name in {"/".join(key.path) for key in run.asset_selection or ()} & of_id.keys():
            for slot in covered(of_id[name], run.tags):
                found[name].setdefault(slot, run)
    return found


def ends_of(tags: Mapping[str, str]) -> tuple[str, str]:
    """The first and the last partition of a run with these tags; both "" where it named none."""
    one = tags.get(PARTITION_NAME_TAG, "")
    return tags.get(ASSET_PARTITION_RANGE_START_TAG, one), tags.get(ASSET_PARTITION_RANGE_END_TAG, one)


def ended_at(record: RunRecord) -> datetime:
    """When a run ended. One that never got so far as to start has no such time of its own, so when it was told of."""
    seconds = record.end_time
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds else record.update_timestamp.replace(tzinfo=UTC)
