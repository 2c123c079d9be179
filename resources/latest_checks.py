"""Which asset checks do not pass as of now, read off Dagster's local records without loading Dagster.

Importing Dagster and opening its instance takes a second, which a look from the terminal need not cost.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

# A result stands until a later one of the same check and partition; one that is planned says nothing yet.
FAILED = """
select asset_key, check_name, partition, evaluation_event from asset_check_executions as failed
where execution_status = 'FAILED' and not exists (
  select 1 from asset_check_executions as later
  where later.asset_key = failed.asset_key and later.check_name = failed.check_name
    and later.partition is failed.partition and later.id > failed.id
    and later.execution_status in ('SUCCEEDED', 'FAILED'))
order by asset_key, check_name, partition
"""


@dataclass(frozen=True)
class FailedCheck:
    """A check that did not pass the last time. `failed_rows` is None for one that counts none."""

    asset: str  # its key, parts joined by /
    check: str
    partition: str  # "" where the asset has none
    failed_rows: int | None
    severity: str
    blocking: bool


def failed_locally(settings: Settings) -> list[FailedCheck] | None:
    """The latest results that did not pass, by asset, check and partition; None where records cannot be read so."""
    database = _local_database(settings)
    if database is None:
        return None
    if not database.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=10)) as connection:
            return [_read(*row) for row in connection.execute(FAILED)]
    except sqlite3.OperationalError:
        return None  # of another version, or in a folder that forbids even readers their lock


def _local_database(settings: Settings) -> Path | None:
    """Where our local storage keeps events; None where this home has another storage, or another place for it."""
    home = Path(os.environ.get("DAGSTER_HOME") or settings.dagster_home)
    configured = home / "dagster.yaml"
    if configured.exists():
        text = configured.read_text()
        if "module: resources.dagster_storage" not in text or "base_dir" in text:
            return None
    elif "DAGSTER_HOME" in os.environ:
        return None  # Dagster's own default
    return settings.dagster_home / "history" / "event_log.db"


def _read(asset_key: str, check: str, partition: str | None, event: str) -> FailedCheck:
    found: dict[str, Any] = json.loads(event)["dagster_event"]["event_specific_data"]
    return FailedCheck(
        asset="/".join(json.loads(asset_key)),
        check=check,
        partition=partition or "",
        failed_rows=found["metadata"].get("failed_rows", {}).get("value"),
        severity=found["severity"]["__enum__"].rsplit(".", 1)[-1],
        blocking=found["blocking"],
    )
