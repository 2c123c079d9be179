"""What a listing tells of one file."""

from __future__ import annotations

from typing import NamedTuple


class File(NamedTuple):
    """One file as a listing shows it. `etag` changes with its content; local files have none, and are told by time.

    Object stores keep times in whole seconds, so that only the etag tells two files of one second apart. A tuple,
    because a landing zone has a hundred thousand of them.
    """

    path: str
    size: int
    mtime_ns: int
    etag: str = ""
