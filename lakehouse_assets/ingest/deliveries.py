"""Deliveries: the files that wait in the landing zone, by partition."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakehouse_assets.errors import DeliveryError
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lakehouse_assets.ingest.sources import Source
    from lakehouse_assets.storage import File, Place

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
    """One delivered file. `name` is its path below the landing zone, the same on every machine.

    `held` is the content that the table holds of it, `held_ns` when the file was modified that this came from;
    both are 0 where it holds nothing, or something else.
    """

    path: str
    name: str
    size_bytes: int
    modified_ns: int
    slot: str
    etag: str = ""  # of a store that tells one: it changes with the content, when times do not
    held: int = 0
    held_ns: int = 0

    @property
    def modified(self) -> datetime:
        """When the file was last modified, UTC."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, tz=UTC)

    def first_modified(self, content: int) -> datetime:
        """When the file was modified that first brought this content: one that is sent again is not younger for it."""
        known = content == self.held and self.held_ns
        return datetime.fromtimestamp(self.held_ns / 1e9, tz=UTC) if known else self.modified


def find_deliveries(
    landing: str, source: Source, partitioned: bool, keys: Iterable[str] | None = None
) -> list[Delivery]:
    """Every finished file of a source, in order of its name; with `keys`, of these partitions only.

    Files that are hidden, being uploaded, or markers such as `_SUCCESS` are left alone. Raises DeliveryError for
    a link that leads out of the source's folder, because whoever delivers could read any file by it, and for a
    file name that is no text.
    """
    listed = list_source(landing, source, partitioned, keys)
    found = [delivery for slot, files in listed for delivery in deliveries_of(landing, source, slot, files)]
    return sorted(found, key=lambda delivery: delivery.name)


def list_source(
    landing: str, source: Source, partitioned: bool, keys: Iterable[str] | None = None
) -> Iterator[tuple[str, list[File]]]:
    """The files of a source as a listing shows them, whatever they are, by partition; with `keys`, of these only.

    Raises DeliveryError for a file name that is no text.
    """
    zone = place(landing)
    with storage_errors(f"{landing}/{source.folder}"):
        try:
            if partitioned:
                yield from _by_slot(zone, source.folder, set(keys) if keys is not None else None)
            else:
                yield "", zone.files(below=source.folder, recursive=False)
        except UnicodeDecodeError as error:
            raise DeliveryError(
                f"a file name is no UTF-8 text: {error.object!r}",
                where=f"{zone.path}/{source.folder}",
                remedy="rename that file",
            ) from None


def deliveries_of(landing: str, source: Source, slot: str, files: Iterable[File]) -> list[Delivery]:
    """Of the files that were listed for a partition, those that are deliveries. Raises DeliveryError as above."""
    zone = place(landing)
    found = [
        Delivery(file.path, zone.relative(file.path), file.size, file.mtime_ns, slot, file.etag)
        for file in files
        if _finished(file.path.rpartition("/")[2])
    ]
    with storage_errors(f"{landing}/{source.folder}"):
        _require_within(zone, source.folder, found)
    return found


FEW = 8


def _by_slot(zone: Place, folder: str, wanted: set[str] | None) -> Iterator[tuple[str, list[File]]]:
    """No deeper than deliveries lie: links of a local folder may lead in circles."""
    few = wanted is not None and len(wanted) <= FEW
    if few or zone.is_local:
        keys = sorted(wanted or ()) if few else zone.folders(below=folder)
        chosen = (key for key in keys if wanted is None or key in wanted)
        yield from ((key, zone.files(below=f"{folder}/{key}", recursive=False)) for key in chosen)
        return
    # One listing for the whole source beats one for each partition as soon as there are a few.
    found: dict[str, list[File]] = {}
    depth = len(f"{zone.path}/{folder}".split("/"))
    for file in zone.files(below=folder):
        parts = file.path.split("/")
        if len(parts) == depth + 2 and (wanted is None or parts[depth] in wanted):
            found.setdefault(parts[depth], []).append(file)
    yield from found.items()


def _require_within(zone: Place, folder: str, found: list[Delivery]) -> None:
    """The operator may have made the source's folder a link; what lies below it is the sender's."""
    if not zone.is_local:
        return
    home = os.path.realpath(f"{zone.path}/{folder}")
    seen: dict[str, tuple[str, frozenset[str]]] = {}  # folders: where each really lies, and the links in it
    for delivery in found:
        parent, _, name = delivery.path.rpartition("/")
        if parent not in seen:
            seen[parent] = os.path.realpath(parent), _links(parent)
        real, links = seen[parent]
        path = os.path.realpath(f"{real}/{name}") if name in links else f"{real}/{name}"
        if not path.startswith(f"{home}/"):
            raise DeliveryError(
                f"is a link that leads out of the landing zone, to {path}",
                where=delivery.path,
                remedy="ask who delivered it; deliver the file itself",
            )


def _links(folder: str) -> frozenset[str]:
    """The names of links in a folder: its own listing tells them, without a look at each file."""
    with os.scandir(folder) as entries:
        return frozenset(entry.name for entry in entries if entry.is_symlink())


def _finished(name: str) -> bool:
    return not name.startswith(NO_DELIVERY) and not name.lower().endswith(UNFINISHED)
