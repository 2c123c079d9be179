"""The transaction ids of a Delta table, all at once.

delta-rs answers for one id at a time and replays the log for each: half a second for a year of days.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from lakehouse_assets.storage import File, Place

LOG = "_delta_log"


def transactions(url: str, until: int) -> dict[str, int]:
    """The version of each application id of the table at `url`, at its version `until`."""
    log = place(url)
    with storage_errors(f"{log.path}/{LOG}"):
        start, known = _from_checkpoint(log, until)
        for version in range(start, until + 1):
            known |= _from_commit(log, version)
    return known


def current_version(url: str) -> int:
    """The latest version of the Delta table at `url`, from the names in its log alone; -1 where there is none."""
    return newest_commit(url)[0]


def newest_commit(url: str) -> tuple[int, File | None]:
    """The latest version, and the last file of the log that is of it: of another table at this place, another."""
    log = place(url)
    with storage_errors(url):
        files = {file.path.rpartition("/")[2]: file for file in log.files(below=LOG, recursive=False)}
    # A commit on a disk begins as `<version>.json#1`, which stays there where its process dies: it is no version.
    newest = max((name for name in files if name[:20].isdigit() and name.endswith((".json", ".parquet"))), default=None)
    return (int(newest[:20]), files[newest]) if newest else (-1, None)


def _from_checkpoint(log: Place, until: int) -> tuple[int, dict[str, int]]:
    """The next version to read, and what the latest usable checkpoint up to `until` knows."""
    import pyarrow.parquet as pq

    names = [log.relative(info.path) for info in log.files(below=LOG, recursive=False)]
    parts: dict[int, list[str]] = {}
    for name in names:  # of one file or several, Delta names them all `<version>.checkpoint...parquet`
        if ".checkpoint." in name and name.endswith(".parquet"):
            parts.setdefault(int(name.split("/")[-1].split(".")[0]), []).append(name)
    usable = [version for version in parts if version <= until]
    if not usable:
        return 0, {}
    known: dict[str, int] = {}
    for name in parts[max(usable)]:
        with log.system.open_input_file(f"{log.path}/{name}") as source:
            rows = pq.read_table(source, columns=["txn"])["txn"].to_pylist()
        known |= {row["appId"]: row["version"] for row in rows if row and row["appId"] is not None}
    return max(usable) + 1, known


def _from_commit(log: Place, version: int) -> dict[str, int]:
    with log.system.open_input_stream(f"{log.path}/{LOG}/{version:020d}.json") as stream:
        lines = [line for line in stream.read().splitlines() if line.startswith(b'{"txn"')]
    # Parsed at once: a year of partitions has thousands.
    actions: list[dict[str, Any]] = json.loads(b"[" + b",".join(lines) + b"]")
    return {action["txn"]["appId"]: action["txn"]["version"] for action in actions}
