"""Calendars as Dagster knows them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from lakehouse_assets.declare.partitions import Calendar


@cache
def partitions_definition(calendar: Calendar) -> dg.TimeWindowPartitionsDefinition:
    """Dagster's partitions of a calendar: the same keys and the same windows."""
    start = calendar.start.isoformat()
    # Dagster leaves out a partition that ends after `end_date`, which it takes as midnight.
    late = timedelta(days=1 if calendar.hour else 0)
    end = (calendar.end + late).isoformat() if calendar.end else None
    if calendar.cadence == "daily":
        return dg.DailyPartitionsDefinition(start_date=start, end_date=end, hour_offset=calendar.hour)
    return dg.WeeklyPartitionsDefinition(
        start_date=start, end_date=end, hour_offset=calendar.hour, day_offset=calendar.start.isoweekday() % 7
    )
