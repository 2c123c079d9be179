"""Runs that failed, and have not been made good since. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Literal

from sensors.alerts.problem import KINDS, Problem


@dataclass(frozen=True)
class Ended:
    """A run that ended: what it was for, and how it went.

    `slots` by subject: a table and the partitions of it, `""` or none where it named none. `security` is the kind
    of the security event that it failed by, if it did.
    """

    id: str
    outcome: Literal["succeeded", "failed"]
    slots: dict[str, tuple[str, ...]]
    security: str = ""

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """The partitions by subject that it tells of; one that succeeded also of runs that named none, as ""."""
        good = self.outcome == "succeeded"
        return {(s, slot) for s, slots in self.slots.items() for slot in ((*slots, "") if good else slots or ("",))}


def failing(runs: Iterable[Ended], refused: Container[tuple[str, str]] = ()) -> list[Problem]:
    """One problem for each subject with a partition whose last run failed; `runs` are the newest first.

    A partition is made good by a later run of it, of another partition never; a run that named none, by any later
    one. What failed by a security event is
    that, and no failed run beside it; so are subjects and partitions `refused` by a check, which tells of them.
    """
    last: dict[tuple[str, str], Ended] = {}
    for run in runs:
        for pair in run.pairs:
            last.setdefault(pair, run)
    failed: dict[tuple[str, str], dict[str, Ended]] = {}
    for (subject, slot), run in last.items():
        kind = run.security if run.security in KINDS else "run failed"
        if run.outcome == "failed" and (run.security or (subject, slot) not in refused):
            failed.setdefault((kind, subject), {})[slot] = run
    return [
        Problem(
            kind,
            subject,
            names=tuple(sorted(slot for slot in slots if slot)),
            count=len(slots),
            path=f"/runs/{next(iter(slots.values())).id}",
        )
        for (kind, subject), slots in failed.items()
    ]
