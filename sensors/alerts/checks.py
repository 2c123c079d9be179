"""Checks that did not pass, and have not passed since, told from their results one after the other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sensors.alerts.problem import Problem

MOST_SLOTS = 30  # partitions that are remembered of one check
MOST = 100  # checks that are remembered at once


@dataclass(frozen=True)
class Result:
    """What was found by one check in one partition, by a run, or outside of any: `run` is "" then."""

    table: str
    check: str
    slot: str
    run: str
    passed: bool
    refuses: bool  # of severity ERROR, so that nothing was published


@dataclass(frozen=True)
class Failing:
    """A check that fails: in the partitions it `refused`, and in those of its last run it `warned` of.

    `run` found it last.
    """

    refused: tuple[str, ...]
    warned: tuple[str, ...]
    run: str


Failures = Mapping[tuple[str, str], Failing]


def after(failures: Failures, results: Iterable[Result]) -> dict[tuple[str, str], Failing]:
    """The checks that fail after these results, in the order of their times.

    What a check refused stays refused until that partition passes, or is published with a warning. Warnings speak
    for the check's last run: the next one, of whatever partitions, says whether they are there still.
    """
    known = dict(failures)
    for result in results:
        key = (result.table, result.check)
        before = known.pop(key, None) or Failing((), (), result.run)
        run = result.run or before.run
        refused = tuple(slot for slot in before.refused if slot != result.slot)
        warned = tuple(slot for slot in before.warned if slot != result.slot) if before.run == run else ()
        if not result.passed and result.refuses:
            refused = (*refused, result.slot)[-MOST_SLOTS:]
        elif not result.passed:
            warned = (*warned, result.slot)[-MOST_SLOTS:]
        if refused or warned:
            known[key] = Failing(refused, warned, before.run if result.passed else run)
    return dict(list(known.items())[-MOST:])


def failing(failures: Failures) -> list[Problem]:
    """A problem for each check that refused something, and one for each that warns."""
    return [
        Problem(
            kind,
            table,
            check,
            names=tuple(sorted(slot for slot in slots if slot)),
            count=len(slots),
            at_least=len(slots) >= MOST_SLOTS,
            path=f"/runs/{found.run}" if found.run else "",
        )
        for (table, check), found in failures.items()
        for kind, slots in (("check refused", found.refused), ("check warns", found.warned))
        if slots
    ]
