"""What became of a table, version by version: who published what from what, read from its own log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import UnknownTableError
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.information import told_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


@dataclass(frozen=True)
class Version:
    """One version of a table. `told` is what the publication said of itself; empty for another tool's commit."""

    number: int
    at: datetime
    operation: str
    told: dict[str, Any] = field(default_factory=dict)


def history(
    table: Table, settings: Settings, limit: int | None = None, *, quarantine: bool = False
) -> Iterator[Version]:
    """The versions of a table, or of its quarantine, that the log still tells of, newest first.

    Raises UnknownTableError for a table that was never published.
    """
    place = settings.quarantine_url if quarantine else settings.table_url
    url = place(table.layer, table.name)
    stored = open_table(url)
    if stored is None and quarantine:
        raise UnknownTableError(f"no row of {table.id} was ever rejected", where=url, remedy="name the table itself")
    if stored is None:
        raise UnknownTableError(f"{table.id} was never published", where=url, remedy=f"run `lakehouse run +{table.id}`")
    for entry in stored.history(limit):
        yield Version(
            int(entry["version"]),
            datetime.fromtimestamp(entry["timestamp"] / 1000, tz=UTC),
            entry.get("operation", ""),
            told_by(entry),
        )
