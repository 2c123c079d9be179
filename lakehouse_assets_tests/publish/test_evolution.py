"""The columns of a table change in the commit that publishes a range, and no stored value does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable
from pyspark.sql import types as T

from lakehouse_assets.errors import SchemaDriftError
from lakehouse_assets.publish.evolution import plan
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets_tests.publish.changing import (
    DAYS,
    INT,
    LONG,
    MONDAY,
    TEXT,
    TUESDAY,
    WEDNESDAY,
    columns,
    create,
    day,
    ordered,
    publish,
    read,
    two_days,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def read_everywhere(table: DeltaTable, spark: SparkSession) -> list[dict[str, Any]]:
    """What delta-rs reads, after every other reader has read the same, with and without a filter."""
    rows = read(table)
    url = table.table_uri
    dataset = table.to_pyarrow_dataset()  # DuckDB finds it by its name
    engine = spark.read.format("delta").load(url)
    assert ordered(pl.read_delta(url).to_dicts()) == rows
    assert ordered(pl.scan_delta(url).filter(pl.col("id") > 0).collect().to_dicts()) == rows
    assert ordered(duckdb.sql("select * from dataset").to_arrow_table().to_pylist()) == rows
    assert ordered(dataset.to_table().to_pylist()) == rows
    assert ordered([row.asDict(recursive=True) for row in engine.collect()]) == rows
    assert ordered([row.asDict(recursive=True) for row in engine.where("id > 0").collect()]) == rows
    return rows


@pytest.fixture
def table(tmp_path: Path) -> DeltaTable:
    """Two days, of two and one rows."""
    return two_days(tmp_path)


def test_the_same_columns_in_another_order_are_published_and_the_stored_order_stays(
    table: DeltaTable, spark: SparkSession
) -> None:
    done = publish(table, columns(item=TEXT, id=INT), {TUESDAY: [{"id": 9, "item": "z"}]}, "strict")
    assert [f.name for f in done.schema().fields] == ["day", "id", "item"]
    assert read_everywhere(done, spark)[2] == day(TUESDAY, id=9, item="z")


def test_a_new_column_joins_in_one_commit_and_old_rows_hold_null_there(table: DeltaTable, spark: SparkSession) -> None:
    done = publish(
        table, columns(id=INT, price=T.DecimalType(6, 2), item=TEXT), {TUESDAY: [{"id": 9, "price": Decimal("1.50")}]},
        "additive",
    )  # fmt: skip
    assert done.version() == table.version() + 1 == 1
    assert [f.name for f in done.schema().fields] == ["day", "id", "item", "price"]
    assert read_everywhere(done, spark) == [
        day(MONDAY, id=1, item="a", price=None),
        day(MONDAY, id=2, item=None, price=None),
        day(TUESDAY, id=9, item=None, price=Decimal("1.50")),
    ]


def test_a_new_field_of_a_struct_in_an_array_joins_and_old_structs_hold_null_there(
    tmp_path: Path, spark: SparkSession
) -> None:
    before = columns(id=INT, lines=T.ArrayType(T.StructType([T.StructField("sku", INT)])))
    after = columns(id=INT, lines=T.ArrayType(T.StructType([T.StructField("sku", INT), T.StructField("at", TEXT)])))
    table = create(str(tmp_path / "t"), before, {MONDAY: [{"id": 1, "lines": [{"sku": 5}, None]}]})
    done = publish(table, after, {TUESDAY: [{"id": 2, "lines": [{"sku": 6, "at": "x"}]}]}, "additive")
    assert read_everywhere(done, spark) == [
        day(MONDAY, id=1, lines=[{"sku": 5, "at": None}, None]),
        day(TUESDAY, id=2, lines=[{"sku": 6, "at": "x"}]),
    ]


def test_name_description_and_settings_of_a_table_outlive_a_change_of_its_columns(table: DeltaTable) -> None:
    before = table.metadata()
    done = publish(table, columns(id=LONG, item=TEXT, new=INT), {TUESDAY: [{"id": 2**40}]}, "widen").metadata()
    assert (done.id, done.name, done.description) == (before.id, "silver/sales", "What was sold.")
    assert done.configuration == {"delta.logRetentionDuration": "interval 99 days"}
    assert done.partition_columns == ["day"]


def test_replacing_needs_every_partition_in_one_run_and_then_drops_what_is_not_declared(
    table: DeltaTable, spark: SparkSession
) -> None:
    declared = columns(id=TEXT, Item=TEXT)
    with pytest.raises(
        SchemaDriftError, match=rf"(?s){MONDAY} would lose theirs.*- item|case only.*run all partitions"
    ):
        plan(table, declared, Range("day", (TUESDAY,)), "replace")
    rows = [{"id": "x", "Item": "y"}]
    done = publish(table, declared, {MONDAY: rows, TUESDAY: rows, WEDNESDAY: rows}, "replace")
    assert done.version() == 1
    assert read(done) == [day(key, id="x", Item="y") for key in DAYS]
    assert ordered([r.asDict() for r in spark.read.format("delta").load(done.table_uri).collect()]) == read(done)


def test_a_table_without_partitions_is_replaced_as_a_whole(tmp_path: Path, spark: SparkSession) -> None:
    before, after = T.StructType([T.StructField("id", INT)]), T.StructType([T.StructField("id", T.DoubleType())])
    table = create(str(tmp_path / "t"), before, {"": [{"id": 1}]}, None)
    done = publish(table, after, {"": [{"id": 0.5}]}, "replace", None)
    assert read_everywhere(done, spark) == [{"id": 0.5}]
