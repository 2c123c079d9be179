"""Looking at a landing zone: which partitions hold files that are news, and whose uploads have come to rest."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lakehouse_assets.ingest.ledger import seen_in
from lakehouse_assets.lake import Lake
from lakehouse_assets.publish.marks import number_of
from sensors.offers import state_of
from sensors.quiet import Quiet

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.ingest.ledger import Arrival
    from lakehouse_assets.settings import Settings
    from lakehouse_assets.storage import File

SETTLED = timedelta(seconds=30)  # after its last change a file is taken to be whole
WATCHED = 500  # partitions that the cursor keeps an eye on; those beyond are seen again at the next look
READ_AT_ONCE = 16 << 20  # bytes of a file that a look reads to learn whether it was only sent again


@dataclass(frozen=True)
class View:
    """What a look saw: the partitions that are `due`, each with a state.

    `restless` ones may still be being uploaded; each has its state, and when it was first seen in it (seconds since
    1970). `unknown` folders are no partition of the table.
    """

    due: Mapping[str, str]
    restless: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    @property
    def cursor(self) -> str:
        """What the next look needs of this one: at most some 30 KB, and its loss only makes uploads wait again."""
        watched = sorted(self.restless.items(), key=lambda item: item[1][1])[:WATCHED]
        return json.dumps(dict(watched), separators=(",", ":"))


def look(
    table: Table,
    settings: Settings,
    now: datetime,
    cursor: str | None = None,
    *,
    slots: Iterable[str] | None = None,
    quiet: Quiet | None = None,
) -> View:
    """What lies in the landing zone of a bronze table against what its ledger holds; with `slots`, of these only.

    Files whose names, sizes and times are known cost no more than their listing. A file that looks changed is
    read, if it is small, because one that was sent again with the same content is no news. A partition one of
    whose new files changed less than `SETTLED` ago is left alone, unless it has looked the same for that long
    by our own clock: the store's may be ahead. `quiet` is what earlier looks found, and learns from this one.
    """
    lake, before = Lake(settings), _read(cursor)
    keys = set(table.calendar.keys()) if table.calendar else {""}
    wanted = keys if slots is None else keys & set(slots)
    quiet = quiet or Quiet()
    news = _news(table, lake, slots, quiet)
    arrivals = lake.arrivals(table, sorted(wanted & news), read_at_most=READ_AT_ONCE)
    listed = lake.listed(table)
    due: dict[str, str] = {}
    restless: dict[str, tuple[str, float]] = {}
    for slot, arrival in arrivals.items():
        if not arrival.changes:
            quiet.learn(slot, listed.get(slot, ()))
            continue
        state = _state(table, arrival, lake)
        # A clock that was set back makes nobody wait until it has caught up.
        since = min(before[slot][1] if before.get(slot, ("", 0.0))[0] == state else math.inf, now.timestamp())
        if _rests(arrival, now) or now.timestamp() - since >= SETTLED.total_seconds():
            due[slot] = state
        else:
            restless[slot] = (state, since)
    unknown = (slot for slot in listed if slot not in keys and lake.waiting(table, slot))
    return View(due, restless, tuple(sorted(unknown)))


def _news(table: Table, lake: Lake, slots: Iterable[str] | None, quiet: Quiet) -> set[str]:
    """The partitions that have to be compared with the ledger: those that are sent or hold files, if not known."""
    seen, declared = lake.seen(table), (lake.settings.landing, table.code_version)
    at = (*declared, seen.url, seen.version, seen.newest)
    if quiet.at != at:
        marks = lake.marks(table)
        quiet.move(at, {slot: (*declared, marks.made(slot), marks.seen(slot)) for slot in marks.published()})
    known: set[str] = set()

    def is_known(slot: str, files: list[File]) -> bool:
        if quiet.covers(slot, files):
            known.add(slot)
        return slot in known

    listed = lake.listed(table, slots, is_known)
    return {*listed, *(slot for slot in quiet.stamps.keys() - known if not quiet.covers(slot, ()))}


def _rests(arrival: Arrival, now: datetime) -> bool:
    return all(file.modified <= now - SETTLED for file in arrival.due)


def _state(table: Table, arrival: Arrival, lake: Lake) -> str:
    """What waits and what is held, in ten characters: another state is another reason to run."""
    marks = lake.marks(table)
    number = number_of(table.code_version, seen_in(arrival.waiting), marks.seen(arrival.slot), marks.made(arrival.slot))
    return state_of(number)


def _read(cursor: str | None) -> dict[str, tuple[str, float]]:
    """The cursor of an earlier look; one that cannot be read is none."""
    try:
        told = json.loads(cursor or "{}")
        return {str(slot): (str(state), float(since)) for slot, (state, since) in told.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
