"""What a release says of itself, and the file on the lake that keeps it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ReleaseError
from lakehouse_assets.maintaining.meaning import number_or_time
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from lakehouse_assets.storage import Place

FOLDER = "_releases"  # below the root of a lake
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Release:
    """A release: its name, the code that ran, and the Delta version of every table there was, by id."""

    name: str
    code_version: str
    made: datetime  # with its zone
    tables: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """The release as the manifest keeps it."""
        return {
            "release": self.name,
            "code_version": self.code_version,
            "made": self.made.isoformat(timespec="seconds"),
            "tables": dict(sorted(self.tables.items())),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Release:
        """What `as_json` gave; KeyError, TypeError or ValueError for anything else."""
        tables = {str(table): int(version) for table, version in said["tables"].items()}
        made = datetime.fromisoformat(said["made"])
        if made.tzinfo is None:
            raise ValueError("a time without a zone")
        return cls(require_name(said["release"]), str(said["code_version"]), made, tables)


def require_name(name: str) -> str:
    """The name, if one can be given to a release; it is part of a file's name. Raises ReleaseError."""
    if _NAME.fullmatch(name) is None:
        raise ReleaseError(
            f"{name!r} cannot be the name of a release",
            remedy="use letters, digits, `.`, `_` and `-`, for example 2026.11.25 or v1.4.0",
        )
    return name


def require_new_name(name: str) -> str:
    """The name, if a new release can have it: one that says nothing else where a version is asked for.

    Raises ReleaseError. A release of such a name that is there already stays readable.
    """
    if number_or_time(require_name(name)) is not None:
        raise ReleaseError(
            f"{name!r} cannot be the name of a release: `restore --to {name}` would mean a version or a time",
            remedy=f"put a letter before it, as v{name}, or dots into it, as 2026.11.25",
        )
    return name


def is_released(root: str, name: str) -> bool:
    """Whether this lake has a release of that name; what its manifest holds is not looked at."""
    lake = place(root)
    return _NAME.fullmatch(name) is not None and lake.file(f"{lake.path}/{FOLDER}/{name}.json") is not None


def write(root: str, release: Release) -> str:
    """Keep the release on the lake; returns the manifest's place. What was released is never written over."""
    lake = place(root)
    name = f"{FOLDER}/{require_new_name(release.name)}.json"
    if not lake.put_new(name, (json.dumps(release.as_json(), indent=2) + "\n").encode()):
        raise ReleaseError(
            f"there is a release {release.name} already", where=f"{root}/{name}", remedy="choose another name"
        )
    return f"{root}/{name}"


def read(root: str, name: str) -> Release:
    """A release of this lake. Raises ReleaseError where there is none, naming those there are."""
    lake = place(root)
    path = f"{lake.path}/{FOLDER}/{require_name(name)}.json"
    if lake.file(path) is None:
        known = ", ".join(_names(lake)[-10:])
        raise ReleaseError(
            f"there is no release {name}",
            where=f"{root}/{FOLDER}",
            remedy=f"choose one of: {known}" if known else "make one with `lakehouse release NAME`",
        )
    return _read(lake, root, path)


def releases(root: str) -> list[Release]:
    """Every release of this lake, the oldest first."""
    lake = place(root)
    found = [_read(lake, root, f"{lake.path}/{FOLDER}/{name}.json") for name in _names(lake)]
    return sorted(found, key=lambda release: release.made)


def _names(lake: Place) -> list[str]:
    names = [lake.relative(file.path).removeprefix(f"{FOLDER}/") for file in lake.files(below=FOLDER, recursive=False)]
    return [name.removesuffix(".json") for name in names if name.endswith(".json")]


def _read(lake: Place, root: str, path: str) -> Release:
    with storage_errors(root), lake.system.open_input_stream(path) as stream:
        text = stream.read()
    try:
        return Release.from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError(
            "this is no manifest of a release", where=f"{root}/{lake.relative(path)}", remedy="restore the file"
        ) from error
