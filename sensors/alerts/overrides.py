"""Vacuums below their guard, from the tables' own logs: whoever did them, from whatever machine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse_assets.publish.commit import COMMIT_KEY, open_table
from sensors.alerts.problem import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

EVERY = 600.0  # seconds between two readings of all logs
FIRST_LOOK = 86_400.0  # seconds that a log is looked back into that was not read before
COMMITS = 100  # of one log that are read at once


@dataclass(frozen=True)
class Overrides:
    """What was found, each with when, in seconds since 1970; and the version of each table that was read.

    The logs of `unread` tables could not be read.
    """

    happened: tuple[tuple[Problem, float], ...]
    versions: Mapping[str, int]
    unread: tuple[str, ...] = ()


def overrides_of(tables: Iterable[Table], settings: Settings, read: Mapping[str, int], now: datetime) -> Overrides:
    """Vacuums by an override in commits that were not read. A log that cannot be read stops nothing.

    That an override was given is told, and not its reason: that is text, and stands in `lakehouse history`.
    """
    happened: list[tuple[Problem, float]] = []
    versions: dict[str, int] = {}
    unread: list[str] = []
    for name, url in _places(tables, settings):
        try:
            stored = open_table(url)
            if stored is None or stored.version() == read.get(name):
                continue
            last = read.get(name)
            new = [entry for entry in stored.history(COMMITS) if last is None or int(entry["version"]) > last]
        except Exception:  # noqa: BLE001 - whatever is wrong with one log, all else must be told
            unread.append(name)
            continue
        versions[name] = stored.version()
        for entry in new:
            at = entry["timestamp"] / 1000
            if _is_override(entry) and now.timestamp() - at < FIRST_LOOK:
                what = f"version-{entry['version']}"
                happened.append((Problem("vacuum override", name, what, path=f"/assets/{name}"), at))
    return Overrides(tuple(happened), versions, tuple(unread))


def _places(tables: Iterable[Table], settings: Settings) -> Iterator[tuple[str, str]]:
    for table in tables:
        yield table.id, settings.table_url(table.layer, table.name)
        yield f"quarantine/{table.parameter}", settings.quarantine_url(table.layer, table.name)


def _is_override(entry: Mapping[str, Any]) -> bool:
    try:
        told = json.loads(entry.get(COMMIT_KEY) or "{}")
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("maintained") == "vacuum" and bool(told.get("override"))
