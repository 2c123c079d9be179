"""How old the rows are that a bronze table holds of files which are read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lakehouse_assets.quoting import texts
from lakehouse_assets.storage import storage_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.publish.target import Target

COLUMNS = ["_source_file", "_source_modified"]


def with_held_times(due: Sequence[Delivery], target: Target, table: DeltaTable | None) -> list[Delivery]:
    """The files, each that the table may hold with the time that its rows have there.

    Without it a file that is read again, because somebody asked for it or the table's declaration changed, would be as
    young as its last copy: in a table that keeps the latest row, or history, what it says would be true again.
    """
    held = [delivery for delivery in due if delivery.held]
    if not held or table is None:
        return list(due)
    predicate = f"{target.column} IN ({texts(sorted({d.slot for d in held}))})" if target.column else None
    times = _times(table, predicate)
    return [replace(d, held_ns=times.get(d.name, 0)) if d.held else d for d in due]


def _times(table: DeltaTable, predicate: str | None) -> dict[str, int]:
    """When each file was modified, in nanoseconds since 1970, by the rows that came from it."""
    import pyarrow as pa

    times: dict[str, int] = {}
    with storage_errors(table.table_uri):
        for batch in pa.RecordBatchReader.from_stream(table.scan(columns=COLUMNS, predicate=predicate)):
            names, modified = (batch.column(name) for name in COLUMNS)
            micros = modified.cast(pa.timestamp("us", "UTC")).cast(pa.int64())
            found = (
                pa.table({"name": names.cast(pa.string()), "at": micros}).group_by("name").aggregate([("at", "max")])
            )
            for row in found.to_pylist():
                times[row["name"]] = max(row["at_max"] * 1000, times.get(row["name"], 0))
    return times
