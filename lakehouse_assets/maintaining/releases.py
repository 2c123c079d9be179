"""Release manifests on the lake: which version of each table a release stands for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lakehouse_assets.errors import RestoreError
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings
    from lakehouse_assets.storage import Place

FOLDER = "_releases"  # below the lake's root: `<name>.json` for each release


@dataclass(frozen=True)
class Manifest:
    """A release: the code that made it, and a version of each of its tables, by id."""

    release: str
    code_version: str
    made: datetime
    tables: dict[str, int]


def manifests(settings: Settings) -> dict[str, Manifest]:
    """Every release of the lake by name, oldest first. Raises RestoreError for a manifest that cannot be read."""
    lake = place(settings.root)
    with storage_errors(f"{settings.root}/{FOLDER}"):
        names = [file.path for file in lake.files(below=FOLDER, recursive=False) if file.path.endswith(".json")]
    read = [_read(lake, lake.relative(name)) for name in names]
    return {m.release: m for m in sorted(read, key=lambda manifest: manifest.made)}


def _read(lake: Place, name: str) -> Manifest:
    with storage_errors(name), lake.system.open_input_stream(f"{lake.path}/{name}") as stream:
        content = stream.read()
    try:
        told = json.loads(content)
        tables = {str(table): int(version) for table, version in told["tables"].items()}
        return Manifest(told["release"], told["code_version"], datetime.fromisoformat(told["made"]), tables)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RestoreError(
            f"the release manifest cannot be read ({error})", where=name, remedy="repair it, or take it away"
        ) from error
