"""What a Dagster run was for, read off its tags."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

if TYPE_CHECKING:
    from dagster import RunRecord

    from lakehouse_assets.declare.table import Table


def covered(table: Table, tags: Mapping[str, str]) -> tuple[str, ...]:
    """The partitions of a table that a run with these tags was for; `("",)` for an unpartitioned one."""
    if table.calendar is None:
        return ("",)
    first, last = ends_of(tags)
    keys = table.calendar.keys()
    return tuple(key for key in keys if first <= key <= last)


def ends_of(tags: Mapping[str, str]) -> tuple[str, str]:
    """The first and the last partition of a run with these tags; both "" where it named none."""
    one = tags.get(PARTITION_NAME_TAG, "")
    return tags.get(ASSET_PARTITION_RANGE_START_TAG, one), tags.get(ASSET_PARTITION_RANGE_END_TAG, one)


def ended_at(record: RunRecord) -> datetime:
    """When a run ended. One that never got so far as to start has no such time of its own, so when it was told of."""
    seconds = record.end_time
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds else record.update_timestamp.replace(tzinfo=UTC)
