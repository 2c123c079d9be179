"""Deleting files that no kept version needs: found first, then exactly these are deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import GuardError
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.note import note
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from lakehouse_assets.maintaining.guard import Retention

AT_ONCE = 16  # files that are deleted at a time


@dataclass(frozen=True)
class Deletable:
    """Files below a table's root that can be deleted, as paths relative to it."""

    url: str
    retention: Retention
    held: tuple[int, ...] = ()
    paths: tuple[str, ...] = ()
    size_bytes: int = 0


def find_deletable(url: str, retention: Retention, held: Collection[int], now: datetime) -> Deletable | None:
    """What a vacuum would delete of the table at `url`; nothing is. None where there is no table.

    Files of the versions `held` are kept however old they are, and so are files that no version has named yet and
    that are younger than the longest run: a running publication has staged them. Raises GuardError where a
    version that is held cannot be read any more.
    """
    table = open_table(url)
    if table is None:
        return None
    with storage_errors(url):
        lake = place(url)
        found = {lake.relative(file.path): file for file in lake.files()}
        superseded = set(_unneeded(table, retention.keep, held, full=False))
        started = (now - retention.staged).timestamp()
        paths = tuple(
            path
            for path in _unneeded(table, retention.keep, held, full=True)
            if path in found and (path in superseded or found[path].mtime_ns / 1e9 < started)
        )
    return Deletable(url, retention, tuple(sorted(held)), paths, sum(found[path].size for path in paths))


def delete(found: Deletable, told: Mapping[str, Any]) -> int:
    """Delete what was found; returns how many files. A commit says so before the first is gone, with `told`.

    What a version has come to name again meanwhile, as after a restore, stays. Raises ConflictError where other
    writers leave no moment to look.
    """
    override = found.retention.override
    facts: dict[str, Any] = {
        **told,
        "maintained": "vacuum",
        "bytes": found.size_bytes,
        "keep_hours": found.retention.keep / timedelta(hours=1),
        "held_versions": list(found.held),
        **({} if override is None else {"override": override.why, "who": override.who, "why": override.why}),
    }
    chosen: list[str] = []

    def still_unneeded(table: DeltaTable) -> dict[str, Any]:
        import pyarrow as pa

        named = set(pa.table(table.get_add_actions(flatten=True))["path"].to_pylist())
        chosen[:] = [path for path in found.paths if path not in named]
        return {**facts, "files": len(chosen)}

    if not found.paths:
        return 0
    with storage_errors(found.url):
        note(found.url, still_unneeded)
        lake = place(found.url)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            list(pool.map(lambda path: _remove(lake.system, f"{lake.path}/{path}"), chosen))
    return len(chosen)


def _unneeded(table: DeltaTable, keep: timedelta, held: Collection[int], *, full: bool) -> list[str]:
    from deltalake.exceptions import DeltaError, TableNotFoundError

    hours = ceil(keep / timedelta(hours=1))  # Delta counts whole ones, and less must not be kept than was asked for
    try:
        return table.vacuum(
            hours, dry_run=True, enforce_retention_duration=False, full=full, keep_versions=sorted(held) or None
        )
    except (DeltaError, TableNotFoundError) as error:
        if not held:
            raise
        raise GuardError(
            f"of the versions {sorted(held)}, which releases name, one cannot be read ({error})",
            where=table.table_uri,
            remedy="take its manifest out of _releases if it is given up, and run the vacuum again",
        ) from error


def _remove(system: Any, path: str) -> None:
    with suppress(FileNotFoundError):
        system.delete_file(path)
