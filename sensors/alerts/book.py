"""The book of what was told: a problem once in a window, its end once. Pure, and small enough to be lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sensors.alerts.problem import KINDS, SEVERITIES, Problem, problem_of, worse_than

Sort = Literal["new", "still", "over"]
MOST = 300  # problems that are kept apart; what is beyond is told once some are over
KEPT_FREE = 50  # places beside these for security events


@dataclass(frozen=True)
class Pace:
    """How often something is told, in seconds.

    What comes back within the `window` after it was told waits for the end of it; what lasts is told again
    each time `remind` has passed.
    """

    window: float = 3_600
    remind: float = 86_400


@dataclass(frozen=True)
class Entry:
    """A problem that was told: since when it is there, when it was told last, and whether its end is owed."""

    since: float
    told: float
    owed: bool


@dataclass(frozen=True)
class News:
    """What is to be told of one problem."""

    problem: Problem
    sort: Sort
    since: float  # seconds since 1970


Book = Mapping[str, Entry]


def advance(book: Book, problems: Iterable[Problem], now: float, pace: Pace) -> tuple[dict[str, Entry], list[News]]:
    """What to tell of the problems that are there `now`, and the book afterwards.

    Every problem is told at the first look that finds it, unless it was told less than a window before; then at
    the first look after that window. Its end is told once, at the first look that does not find it, and only if it
    was told; what only grew graver is not over. A clock that was set back makes nothing be told twice within a window
    of looks.
    """
    there = _chosen(book, problems)
    after: dict[str, Entry] = {}
    news: list[News] = []
    for key, problem in there.items():
        entry = _not_ahead(book[key], now) if key in book else None
        if entry is None or (not entry.owed and not problem.event and now - entry.told >= pace.window):
            after[key] = Entry(now, now, owed=True)
            news.append(News(problem, "new", now))
        elif entry.owed and not problem.event and now - entry.told >= pace.remind:
            after[key] = Entry(entry.since, now, owed=True)
            news.append(News(problem, "still", entry.since))
        else:
            after[key] = entry
    gone = [key for key in book if key not in there]
    after |= {key: _not_ahead(book[key], now) for key in gone if worse_than(key) in there}
    # Of what is over the latest are kept: an old one that is forgotten may only be told again too early.
    ended = sorted((key for key in gone if key not in after), key=lambda key: book[key].told)
    for place, key in enumerate(ended, start=MOST - len(ended)):
        entry = book[key]
        over = problem_of(key)
        if over.kind not in KINDS:
            continue  # of an earlier version of this code
        if entry.owed and not over.event:
            news.append(News(over, "over", entry.since))
        if now - entry.told < pace.window and place >= 0:
            after[key] = Entry(entry.since, min(entry.told, now), owed=False)
    return after, news


def _chosen(book: Book, problems: Iterable[Problem]) -> dict[str, Problem]:
    """The problems by key: those that were told first, then the gravest.

    Places are kept for security events: one that has happened is open for a day only, and could wait for longer.
    """
    there = {problem.key: problem for problem in problems}
    order = sorted(there, key=lambda key: (key not in book, SEVERITIES.index(there[key].severity), key))
    most = {"security": MOST + KEPT_FREE}
    return {
        key: there[key] for place, key in enumerate(order) if key in book or place < most.get(there[key].severity, MOST)
    }


def _not_ahead(entry: Entry, now: float) -> Entry:
    return entry if entry.told <= now else Entry(min(entry.since, now), now, entry.owed)
