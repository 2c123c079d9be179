"""Messages: what each channel is told of a look, one for each problem, or one digest for a storm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from sensors.alerts.book import News
from sensors.alerts.problem import KINDS, SEVERITIES, Problem, Severity, sentence, sentence_over, subject_of
from sensors.alerts.routes import Routing

LINES = 30  # problems that a digest tells one by one


@dataclass(frozen=True)
class Message:
    """What is sent: a title, plain text, and how grave the gravest of it is ("over" where all is over)."""

    title: str
    text: str
    severity: Severity | str


def messages(
    news: Iterable[News], routing: Routing, owners_of: Callable[[str], Sequence[str]]
) -> dict[str, list[Message]]:
    """By channel, what it is told; a channel that nothing concerns is left out."""
    by_channel: dict[str, list[News]] = {}
    for one in news:
        for channel in routing.channels_of(one.problem, owners_of(one.problem.subject)):
            by_channel.setdefault(channel, []).append(one)
    return {
        channel: [_digest(told, routing.ui)]
        if len(told) > routing.storm
        else [_message(one, routing.ui) for one in told]
        for channel, told in by_channel.items()
    }


def _message(news: News, ui: str) -> Message:
    problem = news.problem
    title = f"{_label(news)} {subject_of(problem)}: {problem.kind}"
    if news.sort == "over":
        return Message(title, f"{sentence_over(problem)}, after {_since(news)}.{_link(problem, ui)}", "over")
    lasts = f"\nSince {_time(news.since)}." if news.sort == "still" else ""
    remedy = f"\nRemedy: {KINDS[problem.kind].remedy}."
    return Message(title, f"{sentence(problem)}.{lasts}{remedy}{_link(problem, ui)}", problem.severity)


def _digest(news: Sequence[News], ui: str) -> Message:
    """Everything in one message: counts by kind, then a line for each, the gravest first."""
    order = sorted(news, key=lambda n: (n.sort == "over", SEVERITIES.index(n.problem.severity), n.problem.key))
    counts = Counter((_label(one), one.problem.kind) for one in order)
    head = [f"{count} x {label} {kind}" for (label, kind), count in counts.items()]
    lines: list[str] = []
    for label, group in groupby(order[:LINES], key=_label):
        lines.append(f"\n{label}")
        for one in group:
            said = sentence_over(one.problem) if one.sort == "over" else sentence(one.problem)
            lines.append(f"- {said}{_link(one.problem, ui, ' ')}")
    if len(order) > LINES:
        lines.append(f"\nand {len(order) - LINES} more; `lakehouse alerts` lists what is open")
    remedies = dict.fromkeys(f"{n.problem.kind}: {KINDS[n.problem.kind].remedy}" for n in order if n.sort != "over")
    text = "\n".join([*head, *lines, *(["\nRemedies", *(f"- {r}" for r in remedies)] if remedies else [])])
    open_ = [one for one in order if one.sort != "over"]
    severity = open_[0].problem.severity if open_ else "over"
    return Message(f"{len(open_)} problems, {len(order) - len(open_)} over", text, severity)


def _label(news: News) -> str:
    return {"over": "OVER", "still": f"STILL {news.problem.severity.upper()}"}.get(
        news.sort, news.problem.severity.upper()
    )


def _link(problem: Problem, ui: str, before: str = "\n") -> str:
    return f"{before}{ui}{problem.path}" if problem.path else ""


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _since(news: News) -> str:
    return f"being open since {_time(news.since)}"
