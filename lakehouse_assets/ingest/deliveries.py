"""Deliveries: the files that wait in the landing zone, by partition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_assets.ingest.sources import Source

# How the names of files end that are not, or not yet, a delivery, in lower case, and whose habit that is.
UNFINISHED = (
    ".tmp",  # nearly everyone
    ".temp",
    ".part",  # Firefox, KDE, yt-dlp
    ".partial",  # rclone, Internet Explorer
    ".filepart",  # WinSCP
    ".crdownload",  # Chrome, Edge
    ".opdownload",  # Opera
    ".download",  # Safari
    ".aria2",  # aria2, beside the file that it fetches
    ".inprogress",  # Flink
    ".camellock",  # Apache Camel
    "_copying_",  # Hadoop's fs -put
    ".swp",  # Vim
    "~",  # copies that editors leave
)
# How they begin: hidden files (rsync, AzCopy, lftp, Syncthing), markers such as `_SUCCESS`, and Office's locks.
NO_DELIVERY = (".", "_", "~")


@dataclass(frozen=True)
class Delivery:
    """One delivered file. `name` is its path below the landing zone, the same on every machine."""

    path: str
    name: str
    size_bytes: int
    modified_ns: int
    slot: str

    @property
    def modified(self) -> datetime:
        """When the file was last modified, UTC."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, tz=UTC)


def find_deliveries(
    landing: str, source: Source, partitioned: bool, keys: Iterable[str] | None = None
) -> list[Delivery]:
    """Every finished file of a source, in order of its name; with `keys`, of these partitions only.

    Files that are hidden, being uploaded, or markers such as `_SUCCESS` are left alone.
    """
    zone = place(landing)
    wanted = set(keys) if keys is not None else None
    # One listing for the whole source beats one for each partition as soon as there are a few.
    below = [f"{source.folder}/{key}" for key in sorted(wanted)] if wanted and len(wanted) <= FEW else [source.folder]
    found = []
    with storage_errors(f"{landing}/{source.folder}"):
        for folder in below:
            for info in zone.files(below=folder, recursive=partitioned):
                name = zone.relative(info.path)
                parts = name.split("/")
                slot = parts[1] if partitioned else ""
                if len(parts) != (3 if partitioned else 2) or not _finished(parts[-1]):
                    continue
                if wanted is None or slot in wanted:
                    found.append(Delivery(info.path, name, info.size, int(info.mtime_ns or 0), slot))
    return sorted(found, key=lambda delivery: delivery.name)


FEW = 8


def _finished(name: str) -> bool:
    return not name.startswith(NO_DELIVERY) and not name.lower().endswith(UNFINISHED)
