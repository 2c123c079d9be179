"""Changing a table's columns in the commit that publishes a range, so that no reader sees half a change."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import SchemaDriftError
from lakehouse_assets.publish.batches import in_groups
from lakehouse_assets.publish.schema_policy import Action, Policy, compare, decide
from lakehouse_assets.publish.staging import StagedFile, read_staging, staging_folder
from lakehouse_assets.publish.writer import SlotWriter, arrow_schema
from lakehouse_assets.quoting import texts
from lakehouse_assets.storage import storage_errors
from lakehouse_assets.wording import some_of

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.ranges import Range


@dataclass(frozen=True)
class Evolution:
    """How the commit of a range has to be made.

    `schema_json` is Delta's schema after it. `keep` names the partitions outside the range whose rows have
    to be staged anew by `rewrite` and committed with the range, in a commit that replaces every file of the
    version it was planned on, and of no other: another writer's file would have the old columns.
    """

    action: Action
    schema_json: str
    lines: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    @property
    def replaces_all(self) -> bool:
        """Whether the commit replaces every file of the table, not only those of the range."""
        return self.action in ("rewrite wider", "replace")

    def filters(self, range_: Range) -> list[tuple[str, str, list[str]]] | None:
        """The partition filter of the commit."""
        return None if self.replaces_all else range_.filters


def plan(
    table: DeltaTable,
    declared: StructType,
    range_: Range,
    policy: Policy = "strict",
    *,
    required: Collection[str] = (),
) -> Evolution:
    """Say how a range with `declared` columns may be committed to `table`; nothing is written.

    `required` names the columns that a rule forbids to be NULL. Raises SchemaDriftError, with a readable
    difference and the policy that would permit it, where `policy` does not.
    """
    stored = table.schema().to_json()
    new = json.loads(declared.json())["fields"]
    metadata = table.metadata()
    between = partial(
        compare,
        json.loads(stored)["fields"],
        new,
        stored_by=metadata.partition_columns,
        declared_by=[range_.column] if range_.column else [],
    )
    difference = between(required=required)
    if difference.need == "nothing":
        return Evolution("nothing", stored)
    others = _partitions_outside(table, range_)
    if not others:  # no row is left that could hold NULL in a new column
        difference = between()
    decision = decide(difference, policy)
    changed = "\n".join(difference.lines)
    if decision.action is None:
        raise SchemaDriftError(decision.what, where=table.table_uri, remedy=decision.remedy)
    if metadata.configuration.get("delta.columnMapping.mode", "none") != "none":
        raise SchemaDriftError(
            f"the table maps its columns to other names in its files, which this could not keep:\n{changed}",
            where=table.table_uri,
            remedy="change the columns with the engine that mapped them, or change the contract back",
        )
    if decision.action == "replace":
        if others:
            raise SchemaDriftError(
                f"the declared columns replace the stored ones, but this run is for {range_} only, and "
                f"{_some(others)} would lose theirs:\n{changed}",
                where=table.table_uri,
                remedy=f"run all partitions that the table holds in one run; {_less(difference.need)}",
            )
        return Evolution("replace", _nullable(new), difference.lines)
    keep = tuple(_key(table, other) for other in others) if decision.action == "rewrite wider" else ()
    return Evolution(decision.action, difference.merged, difference.lines, keep)


def rewrite(table: DeltaTable, evolution: Evolution) -> tuple[StagedFile, ...]:
    """Stage the rows of the partitions to keep with the columns to come; they hold the same values.

    Partition by partition, batch by batch: memory is bounded whatever the table's size. Nothing is visible
    until the commit names the files. Raises, with nothing left staged, where a value does not fit.
    """
    from pyspark.sql.types import StructType

    if not evolution.keep:
        return ()
    (column,) = table.metadata().partition_columns
    fields = [f for f in StructType.fromJson(json.loads(evolution.schema_json)).fields if f.name != column]
    schema, url, written = arrow_schema(StructType(fields)), table.table_uri, 0
    with storage_errors(url), staging_folder(url) as folder:
        for key in evolution.keep:
            with SlotWriter(url, folder, column, key) as writer:
                for batch in in_groups(_rows(table, column, key, schema)):
                    writer.write(batch)
                    written += batch.num_rows
        staging = read_staging(url, folder)
        _require_all_staged(written, sum(file.rows for file in staging.files), url)
    return staging.files


def _partitions_outside(table: DeltaTable, range_: Range) -> list[dict[str, Any]]:
    """The partitions that the table holds and the range does not name."""
    if range_.column is None:
        return []
    held = table.partitions()
    return [p for p in held if str(p.get(range_.column)) not in range_.keys or p.get(range_.column) is None]


def _key(table: DeltaTable, partition: dict[str, Any]) -> str:
    (value,) = partition.values()
    if value is None:
        raise SchemaDriftError(
            "the table has rows without a partition, which cannot be rewritten by their key",
            where=table.table_uri,
            remedy="give them a partition first, or delete them",
        )
    return str(value)


def _rows(table: DeltaTable, column: str, key: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    stored = {field.name for field in table.schema().fields}
    names = [name for name in schema.names if name in stored]
    stream = table.scan(columns=names, predicate=f'"{column}" = {texts([key])}')
    for batch in pa.RecordBatchReader.from_stream(stream):
        arrays = [
            _widened(batch.column(field.name), field.type)
            if field.name in names
            else pa.nulls(batch.num_rows, field.type)
            for field in schema
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _widened(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values as `kind`; a cast that would change one raises, and one that made NULLs is refused."""
    wide = values.cast(kind, safe=True)
    if wide.null_count != values.null_count:
        raise SchemaDriftError(
            f"{wide.null_count - values.null_count} values would become NULL as {kind}",
            remedy="declare the column with its stored type, or a wider one",
        )
    return wide


def _require_all_staged(written: int, staged: int, url: str) -> None:
    if staged != written:
        raise SchemaDriftError(f"{written} rows were rewritten, {staged} are staged", where=url, remedy="run it again")


def _nullable(fields: list[dict[str, Any]]) -> str:
    return json.dumps({"type": "struct", "fields": [{**f, "nullable": True, "metadata": {}} for f in fields]})


def _some(partitions: list[dict[str, Any]]) -> str:
    return some_of((value for partition in partitions for value in partition.values()), most=3)


def _less(need: str) -> str:
    policy = {"add columns": "additive", "rewrite wider": "widen"}.get(need)
    return f'or declare schema="{policy}", which suffices' if policy else "or change the contract back"
