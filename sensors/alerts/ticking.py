"""Sensors and schedules that died: switched on, and failing or silent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sensors.alerts.problem import Problem

PAGE = "/automation"
IN_A_ROW = 3  # ticks that failed; a single one may pass by itself
INTERVALS, LEAST = 10, 600.0  # how long a sensor may be silent, in intervals, and in seconds at least


@dataclass(frozen=True)
class Ticker:
    """A sensor or schedule that is switched on; times are seconds since 1970.

    `ticked` is its last tick, `started` when it was switched on, `due` when it should have ticked last. `failed`
    says of its last ticks whether they failed, the newest first; `refused`, that the newest did for its credentials.
    """

    name: str
    sort: Literal["sensor", "schedule"]
    due: float
    ticked: float | None = None
    started: float | None = None
    failed: Sequence[bool] = ()
    refused: bool = False


def due_by(now: float, interval: float) -> float:
    """When a sensor of this interval, in seconds, should have ticked last."""
    return now - max(INTERVALS * interval, LEAST)


def dead(tickers: Iterable[Ticker], now: float, awake: float) -> list[Problem]:
    """What is wrong with those that are switched on.

    Nobody is blamed for the time before `awake`, since when there have been looks without a break: the daemon was
    off, or the clock was set.
    """
    found = []
    for ticker in tickers:
        last = max((at for at in (ticker.ticked, ticker.started) if at is not None), default=None)
        if ticker.refused:
            found.append(Problem("credential refused", ticker.name, path=PAGE))
        elif len(ticker.failed) >= IN_A_ROW and all(ticker.failed[:IN_A_ROW]):
            found.append(Problem("sensor fails", ticker.name, ticker.sort, path=PAGE))
        if last is not None and max(last, awake) < ticker.due:
            minutes = {"minutes_since": (now - last) // 60}
            found.append(Problem("stopped ticking", ticker.name, ticker.sort, figures=minutes, path=PAGE))
    return found
