"""Whether alerts can be relied on at all: what no sensor can tell of itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sensors.alerts.outbox import Waiting

# Seconds without a look, or without a sign of the daemon, from which one is taken to be dead; also of a sign that is
# ahead, left by a clock that was: Dagster waits until the time of the last look has come again.
SILENT = 600.0


@dataclass(frozen=True)
class Signs:
    """Signs of life; times are seconds since 1970, None where there never was one.

    `without_url` are channels whose variable is not set in this process.
    """

    switched_on: bool
    looked: float | None
    daemon: float | None
    channels: tuple[str, ...] = ()
    without_url: tuple[str, ...] = ()
    outbox: Mapping[str, Waiting] = field(default_factory=dict)


def complaints(signs: Signs, now: float) -> list[str]:
    """What stands between a problem and the people it concerns, a sentence each; empty where nothing does."""
    found = []
    if signs.daemon is None or abs(now - signs.daemon) > SILENT:
        found.append(f"Dagster's daemon gives no sign of life{_since(signs.daemon, now)}: nothing is looked at or run")
    if not signs.switched_on:
        found.append("the sensor `alerts` is switched off: switch it on in the UI, under Automation")
    elif signs.looked is None or abs(now - signs.looked) > SILENT:
        found.append(f"the sensor `alerts` does not look{_since(signs.looked, now)}: open its page, read its last tick")
    if not signs.channels:
        found.append("nobody is told: alerts.toml names no channel, see docs/alerts.md")
    found += [f"channel {name}: its variable is not set here" for name in signs.without_url]
    found += [
        f"channel {name}: does not accept messages; {len(waiting.messages)} wait, {waiting.dropped} were dropped"
        for name, waiting in signs.outbox.items()
        if waiting.failed
    ]
    return found


def _since(at: float | None, now: float) -> str:
    """For how long; or how far ahead of the clock its last sign is, where that was set back since."""
    if at is None:
        return ", and never did"
    minutes = f"{abs(now - at) / 60:,.0f} minutes"
    return f" for {minutes}" if at <= now else f": its last is {minutes} ahead of the clock"
