"""Versions that must stay readable because a release names them: of a table, and of its quarantine."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from lakehouse_assets.maintaining.releases import releases
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.put_back import joined

if TYPE_CHECKING:
    from lakehouse_assets.publish.target import Target
    from lakehouse_assets.settings import Settings


def named_versions(settings: Settings, table_id: str) -> dict[int, list[str]]:
    """The versions of a table that releases name, each with their names."""
    found: dict[int, list[str]] = {}
    for release in releases(settings.root):
        if table_id in release.tables:
            found.setdefault(release.tables[table_id], []).append(release.name)
    return found


def versions_of_quarantine(target: Target, versions: Collection[int]) -> list[int]:
    """The versions of a table's quarantine that hold the rejected rows of these versions of the table."""
    held: set[int] = set()
    for version in versions:
        belongs = Marks.of(target.url, version).publications()
        held |= set(joined(target, belongs)) if belongs else set()
    return sorted(held)
