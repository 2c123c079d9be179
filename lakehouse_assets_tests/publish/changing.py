"""A small table whose columns change, staged and committed as publishing does it: shared by the tests of evolution."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.transaction import AddAction, create_table_with_add_actions
from pyspark.sql import types as T

from lakehouse_assets.publish.evolution import plan, rewrite
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.staging import StagedFile, new_folder, read_staging
from lakehouse_assets.publish.writer import SlotWriter, arrow_schema

if TYPE_CHECKING:
    from lakehouse_assets.publish.schema_policy import Policy

MONDAY, TUESDAY, WEDNESDAY = DAYS = ("2017-01-02", "2017-01-03", "2017-01-04")
INT, LONG, TEXT = T.IntegerType(), T.LongType(), T.StringType()
Rows = list[dict[str, Any]]


def columns(**kinds: T.DataType) -> T.StructType:
    """The columns of a table by day."""
    return T.StructType([T.StructField(name, kind) for name, kind in {"day": T.DateType(), **kinds}.items()])


OLD = columns(id=INT, item=TEXT)


def stage(
    url: str, schema: T.StructType, by_day: dict[str, Rows], column: str | None = "day"
) -> tuple[StagedFile, ...]:
    """Parquet of some days under the table's root, the partition column left out."""
    folder = new_folder()
    inner = arrow_schema(T.StructType([f for f in schema.fields if f.name != column]))
    for day, rows in by_day.items():
        with SlotWriter(url, folder, column, day) as writer:
            if rows:
                writer.write(pa.RecordBatch.from_pylist(rows, inner))
    return read_staging(url, folder).files


def adds(files: tuple[StagedFile, ...], column: str | None = "day") -> list[AddAction]:
    return [
        AddAction(f.path, f.size_bytes, {column: f.slot} if column else {}, f.modified_ms, True, f.stats) for f in files
    ]


def create(url: str, schema: T.StructType, by_day: dict[str, Rows], column: str | None = "day") -> DeltaTable:
    Path(url).mkdir(parents=True, exist_ok=True)
    create_table_with_add_actions(
        url,
        Schema.from_json(schema.json()),
        adds(stage(url, schema, by_day, column), column),
        partition_by=[column] if column else [],
        name="silver/sales",
        description="What was sold.",
        configuration={"delta.logRetentionDuration": "interval 99 days"},
    )
    return DeltaTable(url)


def publish(
    table: DeltaTable, schema: T.StructType, by_day: dict[str, Rows], policy: Policy, column: str | None = "day"
) -> DeltaTable:
    """The commit of a range, as publishing makes it."""
    range_ = Range(column, tuple(by_day)) if column else Range.whole()
    how = plan(table, schema, range_, policy)
    files = stage(table.table_uri, schema, by_day, column) + rewrite(table, how)
    table.create_write_transaction(
        adds(files, column),
        "overwrite",
        Schema.from_json(how.schema_json),
        partition_by=[column] if column else [],
        partition_filters=how.filters(range_),
        commit_properties=CommitProperties(max_commit_retries=0),
    )
    return DeltaTable(table.table_uri)


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (str(row.get("day")), str(row.get("id"))))


def read(table: DeltaTable) -> list[dict[str, Any]]:
    """What delta-rs reads."""
    return ordered(pa.RecordBatchReader.from_stream(table.scan()).read_all().to_pylist())


def day(text: str, **values: Any) -> dict[str, Any]:
    return {"day": dt.date.fromisoformat(text), **values}


def two_days(folder: Path) -> DeltaTable:
    """A table of Monday, with two rows, and of Tuesday, with one."""
    monday = [{"id": 1, "item": "a"}, {"id": 2, "item": None}]
    return create(str(folder / "sales"), OLD, {MONDAY: monday, TUESDAY: [{"id": 3, "item": "c"}]})
