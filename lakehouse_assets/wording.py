"""How things are said in sentences, once for all who say them."""

from __future__ import annotations

from collections.abc import Iterable

NAMED = 5


def some_of(things: Iterable[object], most: int = NAMED, between: str = ", ") -> str:
    """The first few of these, and how many more there are."""
    chosen = [str(thing) for thing in things]
    more = f" and {len(chosen) - most} more" if len(chosen) > most else ""
    return between.join(chosen[:most]) + more
