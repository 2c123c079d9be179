"""Problems: what can be wrong, and in which words it is told.

A problem is made of names, counts and times. There is no room in it for a value of a row, a text of an error or a
secret: what is said is a sentence of this file, with names that are cut down to the letters of names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["warning", "error", "security"]
SEVERITIES: tuple[Severity, ...] = ("security", "error", "warning")  # the gravest first

NAMED = 5  # partitions that one line names
_NO_NAME = re.compile(r"[^A-Za-z0-9_./:-]+")
LONGEST = 80  # letters of a name


@dataclass(frozen=True)
class Kind:
    """One thing that can be wrong: how grave, the sentences that tell of it, and what to do.

    `event` is what has happened rather than what is: it is told once, and is never over. `worse` is the kind that
    it becomes where it grows graver: it is not over while that is there.
    """

    severity: Severity
    says: str
    over: str
    remedy: str
    event: bool = False
    worse: str = ""


KINDS: Mapping[str, Kind] = {
    "run failed": Kind(
        "error",
        "the last run failed",
        "what failed was made since, or a check tells of it",
        "open the run, read its error, mend the cause; what may pass is tried again by itself",
    ),
    "credential refused": Kind(
        "security",
        "a store did not accept the credentials, or refused what they may not do",
        "the store lets it in again",
        "see whether a key was changed, taken back or misused; docs/stores.md lists the variables and rights",
    ),
    "write outside range": Kind(
        "security",
        "a run held rows outside the partitions that it was for; nothing was published",
        "a run of the same partitions succeeded",
        "look at the table's function: it must keep to the partitions that it is given",
    ),
    "vacuum override": Kind(
        "security",
        "files were removed before the guard of the table allows it, by a named override",
        "",
        "make sure that somebody wanted this: older versions of the table cannot be read or restored any more",
        event=True,
    ),
    "check refused": Kind(
        "error",
        "a blocking check did not pass; the partitions were not published",
        "the check passes again",
        "look at the check's figures; repair the delivery or the contract, and run it again",
    ),
    "check warns": Kind(
        "warning",
        "a check did not pass, which by itself refuses no partition",
        "the check passes again",
        "look at the check's figures; `lakehouse quarantine list` counts what was set apart",
        worse="check refused",
    ),
    "freshness missed": Kind(
        "error",
        "not made for longer than its freshness allows",
        "made again",
        "see whether its deliveries came and whether runs wait or fail",
    ),
    "volume unusual": Kind(
        "warning",
        "the rows of a partition are far from the usual number",
        "the number of rows is usual again",
        "ask the sender whether the delivery is whole, or came twice",
    ),
    "duration unusual": Kind(
        "warning",
        "a run took far longer than usual",
        "runs take as long as usual again",
        "look at the run's phases, at the table's files and at the engine",
    ),
    "quarantine growing": Kind(
        "warning",
        "far more rows than usual went to quarantine",
        "no more rows than usual go to quarantine",
        "`lakehouse quarantine list` says which rules they broke; ask the sender",
    ),
    "sensor fails": Kind(
        "error",
        "its last ticks failed",
        "it ticks without errors again",
        "open its page in the UI, read the tick's error",
    ),
    "stopped ticking": Kind(
        "error",
        "it is switched on and has not ticked for a long time",
        "it ticks again",
        "see whether Dagster's daemon runs and the code location loads; `lakehouse alerts check`",
    ),
    "channel fails": Kind(
        "error",
        "messages to this channel are not accepted; they wait and are tried again",
        "the channel accepts messages again",
        "try `lakehouse alerts test` with its name; see whether the variable of its URL is right",
    ),
}


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a subject: a table, a sensor, a channel.

    `what` tells several problems of one kind and subject apart, such as the check. `names` are the partitions, of
    which there may be `count`, or more where only so many are remembered (`at_least`). `figures` are numbers by name.
    `path` is the page of the UI that shows it.
    """

    kind: str
    subject: str
    what: str = ""
    names: tuple[str, ...] = ()
    count: int = 0
    figures: Mapping[str, float] = field(default_factory=dict, hash=False)
    path: str = ""
    at_least: bool = False

    @property
    def key(self) -> str:
        """What makes two problems the same."""
        return "|".join((self.kind, name_of(self.subject), name_of(self.what)))

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return KINDS[self.kind].severity

    @property
    def event(self) -> bool:
        """Whether it has happened, rather than is."""
        return KINDS[self.kind].event


def worse_than(key: str) -> str:
    """The key of what the problem of this key becomes where it grows graver; none for most."""
    kind, about = key.split("|", 1)
    worse = KINDS[kind].worse if kind in KINDS else ""
    return f"{worse}|{about}" if worse else ""


def problem_of(key: str) -> Problem:
    """What is left of a problem once it is over: what it was of."""
    kind, subject, what = key.split("|")
    return Problem(kind, subject, what)


def sentence(problem: Problem) -> str:
    """One line for people: the subject, what is wrong with it, partitions and figures."""
    figures = ", ".join(f"{name_of(name)} {_number(value)}" for name, value in problem.figures.items())
    return f"{subject_of(problem)}: {KINDS[problem.kind].says}{_listed(problem)}{f' ({figures})' if figures else ''}"


def sentence_over(problem: Problem) -> str:
    """One line for people: that it is over."""
    return f"{subject_of(problem)}: {KINDS[problem.kind].over}"


def name_of(text: str) -> str:
    """A name as it may be told: letters, digits and `_ . / : -`, and not too many of them."""
    return _NO_NAME.sub("_", text)[:LONGEST]


def subject_of(problem: Problem) -> str:
    """What a problem is about, as it may be told."""
    return name_of(problem.subject) + (f" {name_of(problem.what)}" if problem.what else "")


def _listed(problem: Problem) -> str:
    shown = [name_of(name) for name in problem.names if name][:NAMED]
    more = max(problem.count, len(problem.names)) - len(shown)
    if not shown:
        return ""
    number = f"at least {more}" if problem.at_least else f"{more}"
    return f": {', '.join(shown)}" + (f" and {number} more" if more > 0 else "")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2g}"
