"""One look: from what Dagster's records say to what is open, what is told, and what the next look needs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sensors.alerts import bands, checks, runs
from sensors.alerts.bands import Sample
from sensors.alerts.book import News, advance
from sensors.alerts.checks import Result
from sensors.alerts.freshness import Promise, late
from sensors.alerts.messages import messages
from sensors.alerts.outbox import put
from sensors.alerts.problem import Problem
from sensors.alerts.routes import Routing
from sensors.alerts.runs import Ended
from sensors.alerts.state import State
from sensors.alerts.ticking import Ticker, dead

LATE = 600.0  # seconds from one look to the next, from which the daemon is taken to have been off
KEPT = 86_400.0  # seconds for which something that has happened counts as open


@dataclass(frozen=True)
class Records:
    """What Dagster's records say since the last look, and of now.

    `read` is the last of the `results`; `samples` are those of tables with a materialisation that was not seen.
    `happened` is what the tables' logs say up to these `versions`, each with when, in seconds since 1970; `logs_read`
    is when they were read, None where they were not, and the logs of `unread` tables could not be.
    """

    runs: Sequence[Ended] = ()
    results: Sequence[Result] = ()
    read: int | None = None
    samples: Mapping[str, Sequence[Sample]] = field(default_factory=dict)
    happened: Sequence[tuple[Problem, float]] = ()
    versions: Mapping[str, int] = field(default_factory=dict)
    logs_read: float | None = None
    unread: Sequence[str] = ()
    promises: Sequence[Promise] = ()
    tickers: Sequence[Ticker] = ()


def learn(state: State, records: Records, now: float) -> State:
    """The state with what these records say; nothing is told yet."""
    seen, figures = dict(state.seen), dict(state.figures)
    for table, samples in records.samples.items():
        last = max((sample.id for sample in samples), default=0)
        # Where nothing was seen before, only the last speaks: what lies further back is no news.
        figures[table] = tuple(bands.unusual(table, samples, seen.get(table, last - 1)))
        seen[table] = max(last, seen.get(table, 0))
    happened = (*state.events, *records.happened)
    slept = state.looked is None or not 0 <= now - state.looked < LATE
    return replace(
        state,
        awake=now if slept else state.awake,
        failures=checks.after(state.failures, records.results),
        read=state.read if records.read is None else records.read,
        seen=seen,
        figures=figures,
        versions={**state.versions, **records.versions},
        logs_read=state.logs_read if records.logs_read is None else records.logs_read,
        events=tuple((problem, at) for problem, at in happened if now - at < KEPT),
    )


def open_now(state: State, records: Records, now: float) -> list[Problem]:
    """Everything that is wrong, as far as a state that has learnt from these records and the records say."""
    refused = {(table, slot) for (table, _), found in state.failures.items() for slot in found.refused}
    return [
        *runs.failing(records.runs, refused),
        *checks.failing(state.failures),
        *(problem for problems in state.figures.values() for problem in problems),
        *(problem for problem, _ in state.events),
        *late(records.promises, now),
        *dead(records.tickers, now, state.awake),
        *(Problem("channel fails", name) for name, waiting in state.outbox.items() if waiting.failed),
    ]


def look(
    state: State, records: Records, routing: Routing, owners_of: Callable[[str], Sequence[str]], now: float
) -> tuple[State, list[News]]:
    """The state with what is to be told in its outbox, and what that is; nothing while there is nobody to tell."""
    learnt = learn(state, records, now)
    if not routing.channels:
        return replace(learnt, looked=now), []
    book, news = advance(learnt.book, open_now(learnt, records, now), now, routing.pace)
    outbox = put(learnt.outbox, messages(news, routing, owners_of), routing.channels)
    return replace(learnt, book=book, outbox=outbox, looked=now), news
