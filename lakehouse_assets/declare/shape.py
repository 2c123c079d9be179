"""From a table's write mode to its rows, and what a mode demands of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.declare.contract import SOURCE
from lakehouse_assets.declare.write import IS_CURRENT, MADE_BY_HISTORY, VALID_TO, AppendOnce, History, Merge, Replace
from lakehouse_assets.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

    from lakehouse_assets.declare.table import Table


def shaped(table: Table, frame: DataFrame) -> DataFrame:
    """What `table` publishes of the rows that its function gave."""
    if isinstance(table.write, Replace | AppendOnce):
        return frame
    from lakehouse_assets.shaping.columns import Columns

    columns = Columns(table.schema, table.rules, SOURCE, frame.schema)
    if isinstance(table.write, Merge):
        from lakehouse_assets.shaping.merge import merged

        return merged(frame, columns, table.key, table.write.latest, table.write.deletes)
    from lakehouse_assets.shaping.history import versions

    return versions(frame, columns, table.key, table.write.valid_from, MADE_BY_HISTORY, table.write.complete)


def check_write(table: Table) -> None:
    """Raise DeclarationError for a write mode that its contract or its calendar cannot bear."""
    problems: Iterator[tuple[str, str]] = iter(())
    if isinstance(table.write, AppendOnce):
        if table.calendar is None:
            problems = iter(
                [("append_once() needs partitions: a partition is what is written once", "add partitions=")]
            )
    elif isinstance(table.write, Merge):
        problems = _merge_problems(table, table.write)
    elif isinstance(table.write, History):
        problems = _history_problems(table, table.write)
    for what, remedy in problems:
        raise DeclarationError(what, where=f"{table.module}: {table.id}", remedy=remedy)


def _merge_problems(table: Table, write: Merge) -> Iterator[tuple[str, str]]:
    yield from _shared_problems(table, "merge")
    if not write.latest:
        yield "merge() does not say which row is the latest", 'name what orders them, as latest=["_source_modified"]'
    if write.deletes in table.schema.names:
        yield (
            f"the contract has the column {write.deletes!r}, which marks deletions",
            "leave it out of the contract: no deleted row is published, so it would say the same in all",
        )


def _history_problems(table: Table, write: History) -> Iterator[tuple[str, str]]:
    kinds = {write.valid_from: "timestamp", VALID_TO: "timestamp", IS_CURRENT: "boolean"}
    found = {field.name: field.dataType.simpleString() for field in table.schema.fields}
    for name, kind in kinds.items():
        if found.get(name) != kind:
            has = f"has it as {found[name]}" if name in found else "lacks it"
            yield f"history() needs the {kind} column {name!r}; the contract {has}", f"add it to the contract as {kind}"
    yield from _shared_problems(table, "history")
    if not _demanded(table, write.valid_from):
        yield (
            f"{write.valid_from!r} may be NULL, but a version begins at some time",
            "remove nullable=True, so that rows without a time are rejected",
        )
    if _demanded(table, VALID_TO):
        yield (
            f"{VALID_TO!r} may not be NULL, but it is in every version that has not ended",
            "declare it with Field(nullable=True)",
        )
    unique = [*table.key, write.valid_from]
    if sorted(_unique(table)) != sorted(unique):
        yield (
            f"the contract's unique is {list(_unique(table))}; of a history it is the key and {write.valid_from!r}",
            f"write unique = {unique} in its Config",
        )


def _shared_problems(table: Table, mode: str) -> Iterator[tuple[str, str]]:
    if not table.key:
        yield f"{mode}() does not say by which key", "name it in by=, or in the contract's unique"
    unknown = [name for name in table.key if name not in table.schema.names]
    if unknown:
        yield f"the contract lacks the key columns {unknown} of {mode}()", "add them, or choose another key in by="
    optional = [name for name in table.key if not _demanded(table, name)]
    if optional:
        yield (
            f"the key columns {optional} of {mode}() may be NULL, and such rows belong to no key",
            "remove nullable=True, so that they are rejected and kept in quarantine",
        )
    if table.calendar is not None:
        yield (
            f"write={mode}(...) needs every delivery of a key, and a partition sees only its own",
            "remove partitions=; the table is then made whole",
        )


def _demanded(table: Table, name: str) -> bool:
    return any(rule.id == f"{name}__not_null" for rule in table.rules.errors)


def _unique(table: Table) -> tuple[str, ...]:
    return next((rule.columns for rule in table.rules.of_kind("unique")), ())
