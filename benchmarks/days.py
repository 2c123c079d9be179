"""Which partitions the first days of the year touch."""

from __future__ import annotations

from lakehouse_assets.calendars import DAILY, WEEKLY

YEAR = len(DAILY.keys())


def days_and_weeks(days: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys of the first `days` days, and of the weeks that overlap them."""
    keys = DAILY.keys()[:days]
    return keys, WEEKLY.overlapping(keys, DAILY)
