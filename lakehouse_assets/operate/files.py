"""The ledger of a bronze table, file by file: what each gave, when, and whether it still lies there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import UnknownTableError
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.history import history
from lakehouse_assets.publish.quarantine import quarantined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deltalake import DeltaTable

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


@dataclass(frozen=True)
class File:
    """One delivered file.

    `state` is loaded, waiting (not loaded yet), changed (loaded, and other content lies there now) or gone
    (loaded, and no longer there). Size and time are of the content that was loaded, of a waiting file of the one that
    lies there; of a loaded one that gave no row they are not known, and neither is the version.
    """

    name: str
    partition: str
    state: str
    content: int | None
    accepted: int = 0
    quarantined: int = 0
    size_bytes: int | None = None
    modified: datetime | None = None
    run_id: str = ""
    version: int | None = None


def files(table: Table, settings: Settings, slots: Iterable[str] | None = None) -> list[File]:
    """Every file that a bronze table holds or that waits for it, in order of its name.

    Raises UnknownTableError for a table that is not loaded from files.
    """
    if table.source is None:
        raise UnknownTableError(f"{table.id} is not loaded from files", remedy="name a bronze table")
    lake = Lake(settings)
    keys = tuple(slots) if slots is not None else (table.calendar.keys() if table.calendar else ("",))
    gave = _rows(lake.stored(table), table, keys)
    rejected = Counter(
        quarantined(lake.seen(table).url, settings.quarantine_url(table.layer, table.name))["_source_file"].to_pylist()
    )
    versions = _versions(table, settings, lake)
    found: list[File] = []
    for slot, arrival in lake.arrivals(table, keys).items():
        held = {**arrival.same, **arrival.gone}
        due = {delivery.name: delivery for delivery in arrival.due}
        known = lake.marks(table).files()
        for name in sorted({*held, *due}):
            row = gave.get(name, {})
            state = "gone" if name in arrival.gone else "loaded" if name in held else _state(name, known)
            if state == "waiting":
                row = {"size": due[name].size_bytes, "modified": due[name].modified}
            found.append(
                File(
                    name,
                    slot,
                    state,
                    known.get(name),
                    row.get("rows", 0),
                    rejected[name],
                    row.get("size"),
                    row.get("modified"),
                    row.get("run_id", ""),
                    versions.get(row.get("run_id", "")),
                )
            )
    return found


def _state(name: str, known: dict[str, int]) -> str:
    return "changed" if name in known else "waiting"


def _rows(stored: DeltaTable | None, table: Table, keys: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """What each file gave, counted from the table's own rows."""
    if stored is None:
        return {}
    import duckdb
    import pyarrow.dataset as ds

    rows = stored.to_pyarrow_dataset()
    if table.calendar and len(keys) < len(table.calendar.keys()):
        column = table.calendar.column
        rows = rows.filter(ds.field(column).cast("string").isin(list(keys)))
    connection = duckdb.connect()
    connection.register("rows", rows)
    counted = connection.sql(
        "select _source_file as name, count(*) as rows, max(_source_size) as size, max(_source_modified) as modified,"
        " max(_run_id) as run_id from rows group by 1"
    ).to_arrow_table()
    return {row["name"]: row for row in counted.to_pylist()}


def _versions(table: Table, settings: Settings, lake: Lake) -> dict[str, int]:
    if lake.stored(table) is None:
        return {}
    return {version.told.get("run_id", ""): version.number for version in history(table, settings)}
