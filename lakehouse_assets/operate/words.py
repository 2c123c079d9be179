"""Numbers, sizes and times as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta


def count(number: float) -> str:
    """12,345 below a million, else 1.23 M or 4.56 G."""
    for step, unit in ((1e9, "G"), (1e6, "M")):
        if abs(number) >= step:
            return f"{number / step:.2f} {unit}"
    return f"{number:,.0f}"


def size(number: float) -> str:
    """Bytes in the unit that leaves one to three digits before the point."""
    for step, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(number) >= step:
            return f"{number / step:.1f} {unit}"
    return f"{number:,.0f} B"


def seconds(number: float) -> str:
    """Seconds, minutes or hours."""
    if number >= 5400:
        return f"{number / 3600:.1f} h"
    return f"{number / 60:.1f} min" if number >= 90 else f"{number:.2f} s" if number < 10 else f"{number:.0f} s"


def money(number: float | None) -> str:
    """An amount in whatever currency its rate was declared; small ones keep three digits."""
    if number is None:
        return "\N{EN DASH}"
    return f"{number:,.2f}" if number >= 1 or number == 0 else f"{number:.2g}" if number >= 0.0001 else "< 0.0001"


def some(number: int, what: str) -> str:
    """1 row, 2 rows."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in one unit; `never` for no time."""
    return "never" if at is None else f"{span(now - at)} ago"


def span(time: timedelta) -> str:
    """A length of time, in one unit."""
    minutes = max(0.0, time.total_seconds() / 60)
    if minutes < 90:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"
