"""Maintenance and history of a table: the same verbs on every engine, an implementation for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from lakehouse_assets.errors import UnknownTableError
from lakehouse_assets.publish.commit import all_files, open_table
from lakehouse_assets.publish.rewrite import rewrite_slot, write_here
from lakehouse_assets.quoting import spark_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deltalake import DeltaTable
    from pyspark.sql import SparkSession

    from lakehouse_assets.publish.rewrite import Job

FILE_BYTES = 128_000_000


@dataclass(frozen=True)
class Version:
    """One version of a table, as its log tells."""

    version: int
    at: datetime
    operation: str


@dataclass(frozen=True)
class Compacted:
    """How many files became how many."""

    files_removed: int = 0
    files_added: int = 0


class Maintenance(Protocol):
    """What keeps a table fast and small. `url` is where it lies.

    Rows and marks never change by it. Raises UnknownTableError where there is no table. Restoring
    and deleting files are no engine's: see `publish/restore.py` and, with its guard, `maintaining/vacuum.py`.
    """

    def compact(
        self, url: str, *, slot: str | None = None, cluster_by: Sequence[str] = (), file_bytes: int = FILE_BYTES
    ) -> Compacted:
        """Join small files of a partition, or of each, into such of about `file_bytes`; one partition at a time.

        With `cluster_by` all its rows are sorted along a curve through these columns. Raises ConflictError where
        another writer changed the same files meanwhile; that one wins.
        """

    def history(self, url: str, limit: int = 100) -> list[Version]:
        """The latest versions, the newest first."""


class EmbeddedMaintenance:
    """By delta-rs, in this process."""

    def compact(
        self, url: str, *, slot: str | None = None, cluster_by: Sequence[str] = (), file_bytes: int = FILE_BYTES
    ) -> Compacted:
        """Write the rows into other files, and exchange these in a commit of our own."""
        return _compact(url, slot, cluster_by, file_bytes, write_here)

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
    """By the cluster; nothing but our own commits enters a table's log."""

    session: SparkSession

    def compact(
        self, url: str, *, slot: str | None = None, cluster_by: Sequence[str] = (), file_bytes: int = FILE_BYTES
    ) -> Compacted:
        """The cluster writes the rows into other files, and these are exchanged in a commit of our own.

        Not by Delta's OPTIMIZE: in S3 its commit replaces one that another process made meanwhile, whose rows are
        gone then.
        """
        from resources.engines.rewriting import write_by_cluster

        return _compact(url, slot, cluster_by, file_bytes, partial(write_by_cluster, self.session))

    def history(self, url: str, limit: int = 100) -> list[Version]:
        """The latest versions, the newest first, by DESCRIBE HISTORY."""
        rows = self._sql(url, "DESCRIBE HISTORY {table} LIMIT " + str(int(limit)))
        return [Version(row["version"], row["timestamp"].astimezone(UTC), row["operation"]) for row in rows]

    def _sql(self, url: str, statement: str) -> list[Any]:
        _open(url)
        return self.session.sql(statement.format(table=f"delta.{spark_name(url)}")).collect()


def _compact(
    url: str, slot: str | None, cluster_by: Sequence[str], file_bytes: int, write: Callable[[Job], None]
) -> Compacted:
    removed = added = 0
    told = {"maintained": "cluster", "clustered_by": list(cluster_by)} if cluster_by else {"maintained": "compact"}
    for one in _slots(_open(url)) if slot is None else (slot,):
        named = {**told, "range": one or "whole table"}
        done = rewrite_slot(_open(url), one, file_bytes=file_bytes, cluster_by=cluster_by, told=named, write=write)
        removed, added = removed + done.files_removed, added + done.files_added
    return Compacted(removed, added)


def _open(url: str) -> DeltaTable:
    stored = open_table(url)
    if stored is None:
        raise UnknownTableError("the table was never published", where=url, remedy="materialise it first")
    return stored


def _slots(table: DeltaTable) -> list[str]:
    return sorted({file.slot for file in all_files(table, next(iter(table.metadata().partition_columns), None))})
