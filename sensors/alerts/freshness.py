"""Tables that were not made in time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sensors.alerts.problem import Problem


@dataclass(frozen=True)
class Promise:
    """A table, when it was made last, and since when it would have had to be; seconds since 1970.

    A table that was never made has not missed anything: it is new, or its first run failed, which is told as that.
    """

    table: str
    made: float | None
    needed: float
    path: str = ""


def late(promises: Iterable[Promise], now: float) -> list[Problem]:
    """One problem for each table that is late."""
    return [
        Problem("freshness missed", p.table, figures={"hours_old": round((now - p.made) / 3600, 1)}, path=p.path)
        for p in promises
        if p.made is not None and p.made < p.needed <= now
    ]
