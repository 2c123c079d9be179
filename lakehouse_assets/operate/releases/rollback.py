"""Going back to a release: every table to the version it had, all or none of them, and which code belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lakehouse_assets import catalog
from lakehouse_assets.errors import ConflictError, LakehouseError, ReleaseError
from lakehouse_assets.lake import Lake
from lakehouse_assets.maintaining.releases import Release, read
from lakehouse_assets.operate.maintenance.restoring import plan_restore, restore_table
from lakehouse_assets.publish.claim import require_claim
from lakehouse_assets.replaying import require_reason

if TYPE_CHECKING:
    from lakehouse_assets.publish.restore import Restoration
    from lakehouse_assets.replaying import Reason
    from lakehouse_assets.settings import Settings


@dataclass(frozen=True)
class Rollback:
    """What going back to a release would do; nothing is done while `refused` says of a table why it cannot be.

    `younger` are tables that there are now and that the release does not know; they stay as they are.
    """

    release: Release
    planned: tuple[Restoration, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    younger: tuple[str, ...] = ()

    @property
    def due(self) -> tuple[Restoration, ...]:
        """The tables that hold something else now, those that are read before those that read them."""
        return tuple(planned for planned in self.planned if planned.changes)


def plan(name: str, settings: Settings) -> Rollback:
    """What going back to a release would change, and what stands in its way. Nothing is written.

    Raises ReleaseError where there is no such release.
    """
    release = read(settings.root, name)
    planned, refused = [], {}
    for table in catalog.tables().values():
        if table.id in release.tables:
            try:
                planned.append(plan_restore(table, settings, str(release.tables[table.id])))
            except LakehouseError as error:
                refused[table.id] = error.what
    for gone in sorted(release.tables.keys() - catalog.tables().keys()):
        refused[gone] = "the code that runs here does not declare it"
    lake = Lake(settings)
    younger = [t.id for t in catalog.tables().values() if t.id not in release.tables and lake.version(t) is not None]
    return Rollback(release, tuple(planned), refused, tuple(younger))


def roll_back(rollback: Rollback, settings: Settings, reason: Reason) -> dict[str, int]:
    """Do what was planned; returns the new version of each table that was restored.

    Each table goes back in one commit; all of them together do not, so that a rollback that was interrupted is
    asked for again and does the rest. Raises ReleaseError, before anything is written, where a table cannot go
    back, ConflictError where a table has changed since it was planned, ReasonError where it is not said why, and
    OtherEnvironmentError.
    """
    require_reason(reason)
    require_claim(settings, *{table.split("/")[0] for table in rollback.release.tables})
    if rollback.refused:
        first = next(iter(rollback.refused))
        raise ReleaseError(
            f"{len(rollback.refused)} tables cannot go back, so none does: {first}: {rollback.refused[first]}",
            where=f"release {rollback.release.name}",
            remedy="run it from the code of the release; what a vacuum has deleted is made anew by `lakehouse run`",
        )
    done = {}
    for planned in rollback.due:
        try:
            done[planned.target.id] = restore_table(planned, reason, f"release {rollback.release.name}")
        except ConflictError as error:
            raise ConflictError(
                f"{error.what}; {len(done)} tables went back before it",
                where=error.where,
                remedy="stop what writes to the lake, and ask for the rollback again",
            ) from error
    return done
