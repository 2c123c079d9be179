"""The columns of a table change with the rows that have them, as far as its policy permits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract
from lakehouse_assets.errors import SchemaDriftError
from lakehouse_assets.publish.information import COMMIT_KEY
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.publication import check_columns, publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin
from lakehouse_assets_tests.publish.sales import (
    FIRST,
    MONDAY,
    THREE_DAYS,
    TUESDAY,
    WEDNESDAY,
    files_of,
    files_on_disk,
    publish_sales,
    quarantined,
    sales,
    stored,
    target,
    version,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


class Renamed(Contract):
    """Sales whose item has another name and type, and one column more."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, gt=0)
    product: T.IntegerType = Field(nullable=True)


class Priced(Contract):
    """Sales with one column more, which no row may lack."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, gt=0)
    item: T.StringType = Field(nullable=True)
    price: T.LongType = Field()


class Reordered(Contract):
    """Sales with the columns in another order."""

    id: T.LongType = Field(coerce=True, gt=0)
    day: T.DateType = Field()
    item: T.StringType = Field(nullable=True)


def test_a_declared_schema_that_left_the_stored_one_is_refused_with_the_difference(
    spark: SparkSession, lake: Settings
) -> None:
    publish_sales(spark, target(lake), FIRST, THREE_DAYS)
    to = target(lake, contract=Renamed)
    # -1 is rejected: a quarantine of the new shape must not be left beside a table of the old one.
    frame = sales(spark, [(MONDAY, 1, "a"), (MONDAY, -1, "b")]).selectExpr("day", "id", "cast(null as int) product")
    judged = judge(frame, to, Range("day", (MONDAY,)))
    with pytest.raises(SchemaDriftError) as drift:
        publish(judged, Origin("run"))
    assert "\n- item: string\n+ product: int" in str(drift.value)
    assert (version(to.url), stored(to.url)) == (0, FIRST)
    assert version(to.quarantine_url) is None
    assert files_on_disk(to.url) == files_of(to.url)


def test_a_new_column_that_days_which_stay_would_lack_is_refused_before_anything_is_quarantined(
    spark: SparkSession, lake: Settings
) -> None:
    publish_sales(spark, target(lake), FIRST, THREE_DAYS)
    to = target(lake, contract=Priced, policy="additive")
    frame = sales(spark, [(MONDAY, 1, "a"), (MONDAY, -1, "b")]).selectExpr("*", "cast(5 as bigint) price")
    judged = judge(frame, to, Range("day", (MONDAY,)))
    assert not check_columns(judged).passed
    with pytest.raises(SchemaDriftError, match=r"\+ price: bigint \(a rule forbids NULL"):
        publish(judged, Origin("run"))
    assert (version(to.url), stored(to.url), version(to.quarantine_url)) == (0, FIRST, None)


def test_another_order_of_columns_changes_nothing_because_readers_go_by_name(
    spark: SparkSession, lake: Settings
) -> None:
    publish_sales(spark, target(lake), FIRST, THREE_DAYS)
    publish_sales(spark, target(lake, contract=Reordered), FIRST, THREE_DAYS)
    assert stored(target(lake).url) == FIRST
    assert [field.name for field in DeltaTable(target(lake).url).schema().fields] == ["day", "id", "item"]


class Added(Contract):
    """Sales with a column more."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, gt=0)
    item: T.StringType = Field(nullable=True)
    till: T.IntegerType = Field(nullable=True)


def test_a_new_column_joins_with_the_rows_that_have_it_where_the_policy_permits(
    spark: SparkSession, lake: Settings
) -> None:
    publish_sales(spark, target(lake), [*FIRST, (MONDAY, -1, "bad")], THREE_DAYS)
    frame = sales(spark, [(MONDAY, 7, "new"), (MONDAY, -2, "bad too")]).selectExpr("*", "cast(3 as int) till")
    to = target(lake, contract=Added, policy="additive")
    published = publish(judge(frame, to, Range("day", (MONDAY,))), Origin("run"))
    assert published.columns_changed == ("+ till: int",)
    rows = DeltaTable(to.url).to_pyarrow_table().to_pylist()
    assert {(str(r["day"]), r["till"]) for r in rows} == {(MONDAY, 3), (TUESDAY, None), (WEDNESDAY, None)}
    assert quarantined(to) == [(MONDAY, -2, "id__gt")]
    assert json.loads(DeltaTable(to.url).history(1)[0][COMMIT_KEY])["range"] == MONDAY


class Wide(Contract):
    """Sales whose till number has outgrown its type."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, gt=0)
    item: T.StringType = Field(nullable=True)
    till: T.LongType = Field(nullable=True)


def test_a_wider_type_rewrites_the_other_partitions_in_the_same_commit(spark: SparkSession, lake: Settings) -> None:
    narrow, wide = target(lake, contract=Added), target(lake, contract=Wide, policy="widen")
    first = sales(spark, FIRST).selectExpr("*", "cast(3 as int) till")
    publish(judge(first, narrow, Range("day", THREE_DAYS)), Origin("run"))
    second = sales(spark, [(MONDAY, 7, "new")]).selectExpr("*", f"{2**40}L till")
    assert publish(judge(second, wide, Range("day", (MONDAY,))), Origin("run")).version == 1
    rows = DeltaTable(wide.url).to_pyarrow_table().to_pylist()
    assert sorted((str(r["day"]), r["till"]) for r in rows) == [
        (MONDAY, 2**40), (TUESDAY, 3), (WEDNESDAY, 3), (WEDNESDAY, 3)
    ]  # fmt: skip
    again = sales(spark, [(TUESDAY, 8, "new")]).selectExpr("*", "5L till")
    assert publish(judge(again, wide, Range("day", (TUESDAY,))), Origin("run")).columns_changed == ()


def test_other_columns_replace_the_stored_ones_only_in_a_run_over_every_partition(
    spark: SparkSession, lake: Settings
) -> None:
    publish_sales(spark, target(lake), FIRST, THREE_DAYS)
    to = target(lake, contract=Renamed, policy="replace")
    rows = [(day, 1, "x") for day in THREE_DAYS]
    frame = sales(spark, rows).selectExpr("day", "id", "cast(4 as int) product")
    with pytest.raises(SchemaDriftError, match="would lose theirs"):
        publish(judge(frame.where(f"day = '{MONDAY}'"), to, Range("day", (MONDAY,))), Origin("run"))
    assert stored(to.url) == FIRST
    publish(judge(frame, to, Range("day", THREE_DAYS)), Origin("run"))
    assert [f.name for f in DeltaTable(to.url).schema().fields] == ["day", "id", "product"]
