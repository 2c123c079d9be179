"""Restoring a declared table to a version, a time or a release: what it would change, and the doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.declare.targets import target_of
from lakehouse_assets.errors import RestoreError
from lakehouse_assets.maintaining.meaning import number_or_time
from lakehouse_assets.maintaining.releases import is_released, releases
from lakehouse_assets.operate.history import history
from lakehouse_assets.publish.restore import Restoration, compare, restore
from lakehouse_assets.replaying import require_reason

if TYPE_CHECKING:
    from datetime import datetime

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.replaying import Reason
    from lakehouse_assets.settings import Settings

HOW = "give a version (12), a time (2017-03-01T06:00, UTC unless it says otherwise) or the name of a release"


def plan_restore(table: Table, settings: Settings, to: str) -> Restoration:
    """What restoring a table to a version, a time or a release by name would change. Nothing is written.

    Raises RestoreError where `to` names nothing, or nothing that can still be brought back.
    """
    return compare(target_of(table, settings), version_meant(table, settings, to))


def restore_table(planned: Restoration, reason: Reason, asked: str = "") -> int:
    """Do what was planned, in one commit that says who, why, from and to; returns the table's version.

    A table that holds already what it would be restored to gets no commit. `asked` is what the user named.
    What was taken back is out of date then, and made again by the next run. Raises ConflictError where the table
    has changed since it was planned,
    and ReasonError where it is not said why.
    """
    require_reason(reason)
    if not planned.changes:
        return planned.seen
    return restore(planned, {"who": reason.who, "why": reason.why, "asked": asked})


def version_meant(table: Table, settings: Settings, to: str) -> int:
    """The version of a table that `to` stands for: its number, what it was at a time, or that of a release.

    Raises RestoreError where it stands for none of them, or for two: a release may be called like a number or a time.
    """
    meant = number_or_time(to)
    if meant is None:
        return _of_release(table, settings, to)
    if is_released(settings.root, to):
        what = f"version {meant}" if isinstance(meant, int) else f"the time {meant:%Y-%m-%d %H:%M:%S} UTC"
        raise RestoreError(
            f"{to!r} is {what}, and there is a release of that name",
            where=table.id,
            remedy="give a time with a colon (2017-03-01T06:00), as no release has: `lakehouse history` shows them",
        )
    return meant if isinstance(meant, int) else _of_time(table, settings, meant)


def _of_time(table: Table, settings: Settings, at: datetime) -> int:
    versions = list(history(table, settings))
    for version in versions:
        if version.at <= at:
            return version.number
    first = min(versions, key=lambda v: v.number)
    raise RestoreError(
        f"at {at:%Y-%m-%d %H:%M:%S} UTC there was no version that the log still tells of",
        where=table.id,
        remedy=f"its first is {first.number}, of {first.at:%Y-%m-%d %H:%M:%S} UTC",
    )


def _of_release(table: Table, settings: Settings, name: str) -> int:
    known = {release.name: release for release in releases(settings.root)}
    if name not in known:
        raise RestoreError(
            f"{name!r} is no version, time or release",
            where=table.id,
            remedy=f"{HOW}; releases are: {', '.join(known) or 'none yet'}",
        )
    if table.id not in known[name].tables:
        raise RestoreError(f"release {name!r} has no version of this table", where=table.id, remedy=HOW)
    return known[name].tables[table.id]
