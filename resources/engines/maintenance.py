"""Maintenance and history of a table: the same verbs on every engine, an implementation for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from lakehouse_assets.errors import UnknownTableError
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.storage import place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deltalake import DeltaTable
    from pyspark.sql import SparkSession

CHECKED = "spark.databricks.delta.retentionDurationCheck.enabled"
LOGGED = "spark.databricks.delta.vacuum.logging.enabled"
KEEP = timedelta(days=7)  # of files that no version needs any more, for readers of an older one


@dataclass(frozen=True)
class Version:
    """One version of a table, as its log tells."""

    version: int
    at: datetime
    operation: str


@dataclass(frozen=True)
class Compacted:
    """How many files became how many."""

    files_removed: int
    files_added: int


class Maintenance(Protocol):
    """What keeps a table fast and small, and turns it back. `url` is where it lies.

    Rows never change by `compact` and `vacuum`. Raises UnknownTableError where there is no table.
    """

    def compact(self, url: str, *, cluster_by: Sequence[str] = ()) -> Compacted:
        """Join small files of each partition, with `cluster_by` sorted along a curve through these columns."""

    def vacuum(self, url: str, *, keep: timedelta = KEEP) -> int:
        """Delete files that no version younger than `keep` needs; returns how many."""

    def restore(self, url: str, version: int) -> None:
        """Make the rows of an older version the newest version. Marks of the log stay as they are."""

    def history(self, url: str, limit: int = 100) -> list[Version]:
        """The latest versions, the newest first."""


class EmbeddedMaintenance:
    """By delta-rs, in this process."""

    def compact(self, url: str, *, cluster_by: Sequence[str] = ()) -> Compacted:
        """Join small files, by size alone or along a curve."""
        optimizer = _open(url).optimize
        done = optimizer.z_order(list(cluster_by)) if cluster_by else optimizer.compact()
        return Compacted(int(done["numFilesRemoved"]), int(done["numFilesAdded"]))

    def vacuum(self, url: str, *, keep: timedelta = KEEP) -> int:
        """Delete files that lie below the table's folder and that no version needs."""
        hours = int(keep.total_seconds() // 3600)
        # Staged files of runs that died are in no log, so all that lies there has to be looked at.
        return len(_open(url).vacuum(hours, dry_run=False, enforce_retention_duration=keep >= KEEP, full=True))

    def restore(self, url: str, version: int) -> None:
        """Add a version that is an older one."""
        _open(url).restore(version)

    def history(self, url: str, limit: int = 100) -> list[Version]:
        """The commits of the log."""
        return [
            Version(
                int(entry["version"]), datetime.fromtimestamp(entry["timestamp"] / 1000, tz=UTC), entry["operation"]
            )
            for entry in _open(url).history(limit)
        ]


@dataclass(frozen=True)
class SparkMaintenance:
    """By Delta's own SQL, on a cluster."""

    session: SparkSession

    def compact(self, url: str, *, cluster_by: Sequence[str] = ()) -> Compacted:
        """OPTIMIZE, with ZORDER BY for `cluster_by`."""
        order = f" ZORDER BY ({', '.join(map(_quoted, cluster_by))})" if cluster_by else ""
        (row,) = self._sql(url, "OPTIMIZE {table}" + order)
        return Compacted(row["metrics"]["numFilesRemoved"], row["metrics"]["numFilesAdded"])

    def vacuum(self, url: str, *, keep: timedelta = KEEP) -> int:
        """VACUUM; a shorter time than Delta permits is asked for in this session alone."""
        lake = place(url)
        # Without a commit of its own: what a vacuum deletes is in no version.
        settings = {LOGGED: "false", **({CHECKED: "false"} if keep < KEEP else {})}
        for name, value in settings.items():
            self.session.conf.set(name, value)
        try:
            before = len(lake.files())
            self._sql(url, "VACUUM {table} RETAIN " + f"{keep.total_seconds() / 3600:g} HOURS")
        finally:
            for name in settings:
                self.session.conf.unset(name)
        return before - len(lake.files())

    def restore(self, url: str, version: int) -> None:
        """RESTORE TABLE ... TO VERSION AS OF."""
        self._sql(url, "RESTORE TABLE {table} TO VERSION AS OF " + str(int(version)))

    def history(self, url: str, limit: int = 100) -> list[Version]:
        """DESCRIBE HISTORY."""
        rows = self._sql(url, "DESCRIBE HISTORY {table} LIMIT " + str(int(limit)))
        return [Version(row["version"], row["timestamp"].astimezone(UTC), row["operation"]) for row in rows]

    def _sql(self, url: str, statement: str) -> list[Any]:
        _open(url)
        return self.session.sql(statement.format(table=f"delta.{_quoted(url)}")).collect()


def _open(url: str) -> DeltaTable:
    stored = open_table(url)
    if stored is None:
        raise UnknownTableError("the table was never published", where=url, remedy="materialise it first")
    return stored


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
