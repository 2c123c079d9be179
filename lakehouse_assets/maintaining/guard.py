"""What a vacuum may delete: never what a reader, a run, a change feed or a named version may still need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from lakehouse_assets.errors import GuardError

if TYPE_CHECKING:
    from lakehouse_assets.policies.maintenance import Maintenance


@dataclass(frozen=True)
class Override:
    """A retention below the guard that somebody answers for; who and why are kept in the table's log."""

    who: str
    why: str


@dataclass(frozen=True)
class Retention:
    """How long files stay that no version needs, and staged files whatever was asked for."""

    keep: timedelta
    staged: timedelta
    override: Override | None = None


def retention(
    policy: Maintenance,
    *,
    feed: bool,
    asked: timedelta | None = None,
    override: Override | None = None,
    where: str = "",
) -> Retention:
    """How long files are kept: as the policy says, or as `asked`, where that is no shorter.

    The guard is the policy's retention, and that of its change data feed where the table has one; both are
    no shorter than the longest read. A shorter one needs an `override` with a reason. Staged files of a run that
    may still go on are kept even then: to delete them would lose rows. Raises GuardError.
    """
    least = max(policy.keep, timedelta(days=policy.feed_days)) if feed else policy.keep
    if asked is None or asked >= least:
        return Retention(asked or least, policy.longest_run)
    if override is None or not override.why.strip():
        reader = " for its change data feed" if feed and asked >= policy.keep else ""
        raise GuardError(
            f"a retention of {_hours(asked)} is below the table's guard of {_hours(least)}{reader}",
            where=where,
            remedy="keep files longer, or say who answers for it and why: --override REASON",
        )
    return Retention(asked, policy.longest_run, override)


def _hours(time: timedelta) -> str:
    return f"{time.total_seconds() / 3600:g} hours"
