"""What a listing tells of one file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """One file as a listing shows it. `etag` changes with its content; local files have none, and are told by time.

    Object stores keep times in whole seconds, so that only the etag tells two files of one second apart.
    """

    path: str
    size: int
    mtime_ns: int
    etag: str = ""
