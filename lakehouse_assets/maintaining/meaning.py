"""What a user's text says of a version, if it is no name: its number, or a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime


def number_or_time(text: str) -> int | datetime | None:
    """The number of a version (12), or a time in UTC (2017-03-01T06:00); None for what is neither, as a name."""
    if re.fullmatch(r"\d+", text):
        return int(text)
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
