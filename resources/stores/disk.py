"""The landing zone on local disk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakehouse_assets.storage import place
from resources.stores.arrivals import Arrived

if TYPE_CHECKING:
    from collections.abc import Iterator


def listed(url: str, below: str, after: str) -> Iterator[Arrived]:
    """The files below a folder, in order of their names."""
    zone = place(url)
    for file in zone.files(below=below):
        name = zone.relative(file.path)
        if name > after:
            yield Arrived(name, file.size, datetime.fromtimestamp(file.mtime_ns / 1e9, tz=UTC), file.etag)
