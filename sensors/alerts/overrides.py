"""Vacuums below their guard, from the tables' own logs: whoever did them, from whatever machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.information import told_by
from sensors.alerts.problem import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

EVERY = 600.0  # seconds between two readings of all logs
FIRST_LOOK = 86_400.0  # seconds that a log is looked back into
COMMITS = 100  # of one log that are read at first; ten times as many where all of them are news
# Seconds for all logs together, of the sixty that Dagster gives a tick: a store that is away is to be told of.
WITHIN = 20.0
LOGS_AT_ONCE = 8


@dataclass(frozen=True)
class Overrides:
    """What was found, each with when, in seconds since 1970; and the version of each table that was read.

    The logs of `unread` tables could not be read.
    """

    happened: tuple[tuple[Problem, float], ...]
    versions: Mapping[str, int]
    unread: tuple[str, ...] = ()


def overrides_of(tables: Iterable[Table], settings: Settings, read: Mapping[str, int], now: datetime) -> Overrides:
    """Vacuums by an override in commits that were not read. A log that cannot be read, or not soon, stops nothing.

    That an override was given is told, and not its reason: that is text, and stands in `lakehouse history`.
    """
    happened: list[tuple[Problem, float]] = []
    versions: dict[str, int] = {}
    unread: list[str] = []
    since = now.timestamp() - FIRST_LOOK
    readers = ThreadPoolExecutor(LOGS_AT_ONCE, "alerts-logs")
    reading = {name: readers.submit(_news, url, read.get(name), since) for name, url in _places(tables, settings)}
    done, _ = wait(reading.values(), timeout=WITHIN)
    readers.shutdown(wait=False, cancel_futures=True)
    for name, of_log in reading.items():
        if of_log not in done or of_log.exception():  # whatever is wrong with one log, all else must be told
            unread.append(name)
            continue
        version, new = of_log.result()
        if version is not None:
            versions[name] = version
        for entry in new:
            if _is_override(entry):
                problem = Problem("vacuum override", name, f"version-{entry['version']}", path=f"/assets/{name}")
                happened.append((problem, entry["timestamp"] / 1000))
    return Overrides(tuple(happened), versions, tuple(unread))


def _news(url: str, last: int | None, since: float) -> tuple[int | None, Sequence[Mapping[str, Any]]]:
    """A table's version, None where there is no table, and its commits `since` then, after the `last` that was read."""
    stored = open_table(url)
    if stored is None or stored.version() == last:
        return last, ()
    most = COMMITS
    while True:
        told = stored.history(most)
        new = [e for e in told if (last is None or int(e["version"]) > last) and e["timestamp"] / 1000 > since]
        if len(new) < most:
            return stored.version(), new
        most *= 10


def _places(tables: Iterable[Table], settings: Settings) -> Iterator[tuple[str, str]]:
    for table in tables:
        yield table.id, settings.table_url(table.layer, table.name)
        yield f"quarantine/{table.parameter}", settings.quarantine_url(table.layer, table.name)


def _is_override(entry: Mapping[str, Any]) -> bool:
    try:
        told = told_by(entry)
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("maintained") == "vacuum" and bool(told.get("override"))
