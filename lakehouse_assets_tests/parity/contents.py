"""What a table holds, in a form in which two homes can be compared: rows, quarantine, counts of rules, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lakehouse_assets.lake import Lake
from lakehouse_assets.publish.quarantine import current

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.making import Prepared
    from lakehouse_assets.settings import Settings

# When and by whom, which no two runs share.
OF_A_RUN = ("_loaded_at", "_run_id", "_judged_at", "_publication")


def accepted(table: Table, settings: Settings, *, but: tuple[str, ...] = ()) -> list[str]:
    """The rows of a table by delta-rs, as text, in an order of their own; -0.0 and 0.0 are two values here.

    Columns of a run's own are left out, and those in `but`.
    """
    stored = Lake(settings).stored(table)
    assert stored is not None, f"{table.id} was never published"
    return _lines(pa.RecordBatchReader.from_stream(stored.scan()).read_all(), but)


def apart(table: Table, settings: Settings) -> list[str]:
    """The rows that the table's quarantine holds for it now."""
    url = settings.quarantine_url(table.layer, table.name)
    return _lines(current(url, Lake(settings).marks(table)))


def columns(table: Table, settings: Settings) -> list[tuple[str, str]]:
    """The stored columns with their types, in their order."""
    stored = Lake(settings).stored(table)
    assert stored is not None
    return [(field.name, field.type.to_json()) for field in stored.schema().fields]


def counts(made: Prepared) -> dict[str, Any]:
    """What was counted of each partition: delivered, accepted, quarantined, and broken rules."""
    return {
        slot: (tally.delivered, tally.accepted, tally.quarantined, sorted(tally.failures.items()))
        for slot, tally in made.report.tallies.items()
    }


def findings(made: Prepared) -> list[str]:
    """Every check of partitions as a whole: whether it passed, what it says, its figures."""
    return sorted(map(repr, made.findings))


def _lines(rows: pa.Table, but: tuple[str, ...] = ()) -> list[str]:
    kept = rows.drop_columns([name for name in (*OF_A_RUN, *but) if name in rows.column_names])
    return sorted(map(repr, zip(*(kept[name].to_pylist() for name in sorted(kept.column_names)), strict=True)))
