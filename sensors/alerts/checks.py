"""Checks that did not pass, and have not passed since, told from their results one after the other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sensors.alerts.problem import Problem

MOST_SLOTS = 30  # partitions that are remembered of one check
MOST = 100  # checks that are remembered at once


@dataclass(frozen=True)
class Result:
    """What a run found by one check in one partition."""

    table: str
    check: str
    slot: str
    run: str
    passed: bool
    refuses: bool  # of severity ERROR, so that nothing was published


@dataclass(frozen=True)
class Failing:
    """A check that fails: in which partitions, by the run that found it last."""

    slots: tuple[str, ...]
    run: str
    refuses: bool


Failures = Mapping[tuple[str, str], Failing]


def after(failures: Failures, results: Iterable[Result]) -> dict[tuple[str, str], Failing]:
    """The checks that fail after these results, in the order of their times.

    A blocking check fails until each partition of which it refused something passes. One that warns speaks for its
    last run: the next one, of whatever partitions, says whether it fails still.
    """
    known = dict(failures)
    for result in results:
        key = (result.table, result.check)
        before = known.pop(key, None)
        if before and not before.refuses and before.run != result.run:
            before = None
        slots = tuple(slot for slot in before.slots if slot != result.slot) if before else ()
        if not result.passed:
            refuses = result.refuses or bool(before and before.refuses and slots)
            known[key] = Failing((*slots, result.slot)[-MOST_SLOTS:], result.run, refuses)
        elif before and slots:
            known[key] = replace(before, slots=slots)
    return dict(list(known.items())[-MOST:])


def failing(failures: Failures) -> list[Problem]:
    """One problem for each check that fails; refusals and warnings apart."""
    return [
        Problem(
            "check refused" if found.refuses else "check warns",
            table,
            check,
            names=tuple(sorted(slot for slot in found.slots if slot)),
            count=len(found.slots),
            path=f"/runs/{found.run}" if found.run else "",
        )
        for (table, check), found in failures.items()
    ]
