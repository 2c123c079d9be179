"""Recording a release: the code that runs and the tables as they are now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakehouse_assets import catalog
from lakehouse_assets.errors import ReleaseError
from lakehouse_assets.lake import Lake
from lakehouse_assets.maintaining.releases import Release, require_new_name, write
from lakehouse_assets.publish.claim import require_claim

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


def published(settings: Settings) -> dict[str, int]:
    """The version of every table that was published; none on a lake that nobody has written yet."""
    lake = Lake(settings)
    return {table.id: version for table in catalog.tables().values() if (version := lake.version(table)) is not None}


def record(name: str, code_version: str, settings: Settings) -> tuple[Release, str]:
    """Keep the version of every published table under `name`; returns the release and its manifest's place.

    Versions are read one after the other: record when no run is under way. Raises ReleaseError for a name
    that is taken or says something else, and for a lake without tables, which is left as it was: nobody has claimed it.
    """
    require_new_name(name)
    versions = published(settings)
    if not versions:
        raise ReleaseError("no table was published yet", where=settings.root, remedy="make them with `lakehouse run`")
    require_claim(settings)
    release = Release(name, code_version, datetime.now(UTC).replace(microsecond=0), versions)
    return release, write(settings.root, release)
