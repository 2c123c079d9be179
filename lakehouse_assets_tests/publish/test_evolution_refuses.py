"""Columns that may not change as a contract would have it are refused, and so is a writer whom a change overtook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from pyspark.sql import types as T

from lakehouse_assets.errors import SchemaDriftError
from lakehouse_assets.publish.evolution import plan
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets_tests.publish.changing import (
    DAYS,
    INT,
    LONG,
    MONDAY,
    OLD,
    TEXT,
    TUESDAY,
    WEDNESDAY,
    columns,
    create,
    publish,
    two_days,
)

if TYPE_CHECKING:
    from lakehouse_assets.publish.schema_policy import Policy


@pytest.fixture
def table(tmp_path: Path) -> DeltaTable:
    """Two days, of two and one rows."""
    return two_days(tmp_path)


def test_a_change_that_the_policy_forbids_reads_plainly_and_names_the_policy_that_permits_it(table: DeltaTable) -> None:
    with pytest.raises(SchemaDriftError) as refused:
        plan(table, columns(id=LONG, item=TEXT), Range("day", (TUESDAY,)))
    assert "~ id: int -> bigint (wider)" in refused.value.what
    assert 'schema="widen"' in refused.value.remedy
    assert refused.value.where == table.table_uri


@pytest.mark.parametrize("policy", ["strict", "additive", "widen", "replace"])
def test_another_partition_column_is_refused_even_for_the_same_columns(table: DeltaTable, policy: Policy) -> None:
    for range_ in (Range("item", ("a",)), Range.whole()):
        with pytest.raises(SchemaDriftError, match="partitioned by day -> by"):
            plan(table, OLD, range_, policy)


def test_a_column_that_may_not_be_null_joins_only_where_the_run_publishes_every_row(table: DeltaTable) -> None:
    declared = columns(id=INT, item=TEXT, new=INT)
    with pytest.raises(SchemaDriftError, match="a rule forbids NULL"):
        plan(table, declared, Range("day", (TUESDAY,)), "additive", required={"new"})
    assert plan(table, declared, Range("day", DAYS), "additive", required={"new"}).action == "add columns"


def test_columns_mapped_to_other_names_are_left_alone(tmp_path: Path) -> None:
    table = create(str(tmp_path / "t"), OLD, {MONDAY: [{"id": 1}]})
    log = tmp_path / "t" / "_delta_log" / f"{0:020d}.json"
    text = log.read_text().replace('"configuration":{', '"configuration":{"delta.columnMapping.mode":"name",')
    for i, name in enumerate(["day", "id", "item"], 1):
        mapped = f'{{\\"delta.columnMapping.id\\":{i},\\"delta.columnMapping.physicalName\\":\\"{name}\\"}}'
        start = text.index("metadata", text.index(f'\\"name\\":\\"{name}\\"')) + len('metadata\\":')
        text = text[:start] + mapped + text[start + 2 :]
    log.write_text(
        text.replace('"minReaderVersion":1,"minWriterVersion":2}}', '"minReaderVersion":2,"minWriterVersion":5}}')
    )
    mapped_table = DeltaTable(table.table_uri)
    with pytest.raises(SchemaDriftError, match="maps its columns"):
        plan(mapped_table, columns(id=INT, item=TEXT, new=INT), Range("day", (MONDAY,)), "additive")


@pytest.mark.parametrize(
    ("policy", "declared"), [("widen", columns(id=LONG, item=TEXT)), ("replace", columns(id=TEXT))]
)
def test_a_partition_that_another_writer_adds_meanwhile_is_not_left_with_the_old_columns(
    table: DeltaTable, policy: Policy, declared: T.StructType
) -> None:
    publish(DeltaTable(table.table_uri), OLD, {WEDNESDAY: [{"id": 5, "item": None}]}, "strict")
    with pytest.raises(CommitFailedError):
        publish(table, declared, {MONDAY: [{"id": None}], TUESDAY: [{"id": None}]}, policy)
    assert DeltaTable(table.table_uri).version() == 1


def test_a_writer_who_began_before_the_columns_changed_is_refused(table: DeltaTable) -> None:
    publish(DeltaTable(table.table_uri), columns(id=LONG, item=TEXT), {TUESDAY: [{"id": 2**40}]}, "widen")
    with pytest.raises(CommitFailedError):
        publish(table, OLD, {WEDNESDAY: [{"id": 5, "item": None}]}, "strict")
