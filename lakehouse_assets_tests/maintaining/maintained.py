"""Maintenance of the prices, and what it did: shared by the tests of it."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse_assets.maintaining.doing import Done, perform
from lakehouse_assets.maintaining.guard import Override
from lakehouse_assets.maintaining.upkeep import Wish, survey
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets.replaying import Reason
from resources.engines.maintenance import EmbeddedMaintenance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

NOW = Wish(keep=timedelta(0), override=Override("ann", "the disk is full"))
WHY = Reason("ann", "to try it")
EAGER = {"small_file_score": 3.0, "checkpoint_commits": 1}


def maintain(table: Table, lake: Settings, wish: Wish | None = None, **policy: Any) -> list[Done]:
    """Look at a table by a policy that finds something soon, and do what is due."""
    kept = dataclasses.replace(table, maintenance=Maintenance(**{**EAGER, **policy}))
    return [perform(due, EmbeddedMaintenance) for due in survey(kept, lake, wish)]


def url_of(table: Table, lake: Settings) -> str:
    return lake.table_url(table.layer, table.name)


def steps(done: Iterable[Done]) -> list[str]:
    return [step.kind for one in done for step in one.steps]


def release(lake: Settings, name: str, tables: dict[str, int]) -> None:
    """Write the record of a release that names these versions."""
    folder = Path(lake.root, "_releases")
    folder.mkdir(parents=True, exist_ok=True)
    told = {"release": name, "code_version": "1", "made": "2017-01-05T00:00:00+00:00", "tables": tables}
    (folder / f"{name}.json").write_text(json.dumps(told))
