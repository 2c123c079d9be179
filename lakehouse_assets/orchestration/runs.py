"""What a Dagster run was for, read off its tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table


def covered(table: Table, tags: Mapping[str, str]) -> tuple[str, ...]:
    """The partitions of a table that a run with these tags was for; `("",)` for an unpartitioned one."""
    if table.calendar is None:
        return ("",)
    one = tags.get(PARTITION_NAME_TAG, "")
    first, last = tags.get(ASSET_PARTITION_RANGE_START_TAG, one), tags.get(ASSET_PARTITION_RANGE_END_TAG, one)
    keys = table.calendar.keys()
    return tuple(key for key in keys if first <= key <= last)
