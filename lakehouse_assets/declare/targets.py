"""From a declared table to what publishing must know about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.declare.contract import SOURCE
from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.ingest.load import Bronze
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


def target_of(table: Table, settings: Settings) -> Target:
    """Where and how `table` is published in this lake."""
    return Target(
        id=table.id,
        url=settings.table_url(table.layer, table.name),
        quarantine_url=settings.quarantine_url(table.layer, table.name),
        schema=table.schema,
        column=table.calendar.column if table.calendar else None,
        rules=table.rules,
        carried=SOURCE,
        description=table.description,
        tolerated_share=table.tolerance.share,
        tolerated_rows=table.tolerance.rows,
        policy=table.schema_policy,
    )


def bronze_of(table: Table, settings: Settings) -> Bronze:
    """What loading must know about a bronze table of this lake."""
    if table.source is None:
        raise DeclarationError(f"{table.id} has no deliveries", where=table.module, remedy="name a bronze table")
    return Bronze(
        target_of(table, settings), table.source, settings.landing, table.code_version, table.gone, table.unreadable
    )


def range_of(table: Table, keys: Iterable[str] | None = None) -> Range:
    """The range of these partition keys, checked one by one; of an unpartitioned table, the whole of it."""
    if table.calendar is None:
        return Range.whole()
    known = set(table.calendar.keys())
    return Range(table.calendar.column, tuple(k if k in known else table.calendar.require(k) for k in keys or ()))
