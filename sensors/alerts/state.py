"""What one look leaves to the next: what was told, what waits, which checks fail. Bounded, and may be lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sensors.alerts.book import Entry
from sensors.alerts.checks import Failing
from sensors.alerts.messages import Message
from sensors.alerts.outbox import Waiting
from sensors.alerts.problem import KINDS, NAMED, Problem

EVENTS = 50  # things that have happened, kept until their time is over


@dataclass(frozen=True)
class State:
    """Lost, it is made anew: what is open then is told again, once, and no more than that.

    `read` is the last check result that was read, `seen` the last materialisation of each table that was, `figures`
    what was out of its band in it. `versions` of the tables' logs were read at `logs_read`; `events` is what has
    happened, each with when. `looked` is when the last look was, `awake` since when there was
    none that came late.
    """

    book: Mapping[str, Entry] = field(default_factory=dict)
    outbox: Mapping[str, Waiting] = field(default_factory=dict)
    failures: Mapping[tuple[str, str], Failing] = field(default_factory=dict)
    read: int | None = None
    seen: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    logs_read: float | None = None
    events: tuple[tuple[Problem, float], ...] = ()
    looked: float | None = None
    awake: float = 0.0

    def as_text(self) -> str:
        """JSON, of some 100 KB at most, and the messages that wait."""
        said = {
            "book": {key: [e.since, e.told, e.owed] for key, e in self.book.items()},
            "outbox": {name: asdict(waiting) for name, waiting in self.outbox.items()},
            "failures": [[table, check, f.refused, f.warned, f.run] for (table, check), f in self.failures.items()],
            "read": self.read,
            "seen": self.seen,
            "figures": {table: [_plain(p) for p in problems] for table, problems in self.figures.items() if problems},
            "events": [[_plain(problem), at] for problem, at in self.events[-EVENTS:]],
            "versions": self.versions,
            "logs_read": self.logs_read,
            "looked": self.looked,
            "awake": self.awake,
        }
        return json.dumps(said, separators=(",", ":"))


def state_of(text: str | None) -> State:
    """What `as_text` gave; one that cannot be read is none."""
    try:
        said = json.loads(text or "{}")
        return State(
            book={key: Entry(float(e[0]), float(e[1]), bool(e[2])) for key, e in said.get("book", {}).items()},
            outbox={name: _waiting(waiting) for name, waiting in said.get("outbox", {}).items()},
            failures={
                (table, check): Failing(tuple(refused), tuple(warned), run)
                for table, check, refused, warned, run in said.get("failures", [])
            },
            read=said.get("read"),
            seen={table: int(seen) for table, seen in said.get("seen", {}).items()},
            figures={table: tuple(map(_problem, found)) for table, found in said.get("figures", {}).items()},
            events=tuple((_problem(plain), float(at)) for plain, at in said.get("events", [])),
            versions={table: int(version) for table, version in said.get("versions", {}).items()},
            logs_read=said.get("logs_read"),
            looked=said.get("looked"),
            awake=float(said.get("awake", 0.0)),
        )
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        return State()


def _waiting(said: Mapping[str, Any]) -> Waiting:
    told = tuple(Message(m["title"], m["text"], m["severity"]) for m in said["messages"])
    return Waiting(told, int(said["failed"]), float(said["again"]), int(said["dropped"]))


def _plain(problem: Problem) -> list[Any]:
    names = problem.names[:NAMED]
    return [
        problem.kind,
        problem.subject,
        problem.what,
        names,
        max(problem.count, len(problem.names)),
        dict(problem.figures),
        problem.path,
    ]


def _problem(said: list[Any]) -> Problem:
    kind, subject, what, names, count, figures, path = said
    if kind not in KINDS:
        raise ValueError(kind)
    return Problem(kind, subject, what, tuple(names), int(count), figures, path)
