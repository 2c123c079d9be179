"""Where the columns of a frame come from, by its plan alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import Window
from pyspark.sql import functions as F

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.declare.targets import range_of
from lakehouse_assets.demo.land import land
from lakehouse_assets.making import make
from lakehouse_assets.reading import load_inputs
from resources.engines.plan_columns import columns_from

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from lakehouse_assets.settings import Settings

Frames = tuple["DataFrame", "DataFrame"]


@pytest.fixture(scope="module")
def frames(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Orders and customers, stored as Parquet."""
    folder: Path = tmp_path_factory.mktemp("frames")
    orders, customers = f"{folder}/orders", f"{folder}/customers"
    spark.createDataFrame([(1, 10, "a", 5.0)], "id long, who long, status string, amount double").write.parquet(orders)
    spark.createDataFrame([(10, "Ann", ("x", 1))], "who long, name string, info struct<a:string,b:int>").write.parquet(
        customers
    )
    return spark.read.parquet(orders), spark.read.parquet(customers)


def told(frame: DataFrame) -> dict[str, set[str]]:
    """Sources by column, tables by the last part of their place."""
    return {
        name: {f"{place.rsplit('/', 1)[-1]}.{column}" for place, column in sources}
        for name, sources in columns_from(frame).items()
    }


def select(o: DataFrame, c: DataFrame) -> DataFrame:
    return o.select("id", (F.col("amount") * 2).alias("x"), F.lit(1).alias("one"))


def anew(o: DataFrame, c: DataFrame) -> DataFrame:
    return o.withColumn("amount", F.col("amount") + o.who).withColumn("b", F.col("amount")).select("b")


def renamed(o: DataFrame, c: DataFrame) -> DataFrame:
    return o.withColumnRenamed("amount", "sum").drop("id", o.who)


def rows_are_not_values(o: DataFrame, c: DataFrame) -> DataFrame:
    return o.where(F.col("status") == "a").orderBy("who").select("amount")


def join_on_a_name(o: DataFrame, c: DataFrame) -> DataFrame:
    return o.join(c, "who").select("who", "name")


def join_by_alias(o: DataFrame, c: DataFrame) -> DataFrame:
    joined = o.alias("o").join(c.alias("c"), F.col("o.who") == F.col("c.who"))
    return joined.select("o.who", F.col("c.who").alias("k"))


def semi_join(o: DataFrame, c: DataFrame) -> DataFrame:
    return o.join(c, "who", "left_semi").select("amount")


def aggregate(o: DataFrame, c: DataFrame) -> DataFrame:
    most = F.max(F.struct("id", "status")).alias("m")
    return o.groupBy("who").agg(F.sum("amount").alias("s"), F.count(F.lit(1)).alias("n"), most, F.sum("amount"))


def window(o: DataFrame, c: DataFrame) -> DataFrame:
    return o.select(F.row_number().over(Window.partitionBy("who").orderBy("id")).alias("n"))


def union(o: DataFrame, c: DataFrame) -> DataFrame:
    return o.select("who").union(c.select("who"))


def case_and_cast(o: DataFrame, c: DataFrame) -> DataFrame:
    return o.select(F.when(F.col("amount") > 1, F.col("status")).otherwise("x").alias("w"), F.col("id").cast("string"))


def field_of_a_struct(o: DataFrame, c: DataFrame) -> DataFrame:
    return c.select("info.a", c.info.getField("b").alias("b"))


def text_of_sql_counts_as_all(o: DataFrame, c: DataFrame) -> DataFrame:
    return c.select(F.expr("upper(name)").alias("u"))


SHAPES = {
    select: {"id": {"orders.id"}, "x": {"orders.amount"}, "one": set()},
    anew: {"b": {"orders.amount", "orders.who"}},
    renamed: {"status": {"orders.status"}, "sum": {"orders.amount"}},
    rows_are_not_values: {"amount": {"orders.amount"}},
    join_on_a_name: {"who": {"orders.who", "customers.who"}, "name": {"customers.name"}},
    join_by_alias: {"who": {"orders.who"}, "k": {"customers.who"}},
    semi_join: {"amount": {"orders.amount"}},
    aggregate: {
        "who": {"orders.who"},
        "s": {"orders.amount"},
        "n": set(),
        "m": {"orders.id", "orders.status"},
        "sum(amount)": {"orders.amount"},
    },
    window: {"n": {"orders.who", "orders.id"}},
    union: {"who": {"orders.who", "customers.who"}},
    case_and_cast: {"w": {"orders.amount", "orders.status"}, "id": {"orders.id"}},
    field_of_a_struct: {"a": {"customers.info"}, "b": {"customers.info"}},
    text_of_sql_counts_as_all: {"u": {"customers.who", "customers.name", "customers.info"}},
}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_each_column_names_what_it_is_computed_from(frames: Frames, shape: Callable[..., DataFrame]) -> None:
    assert told(shape(*frames)) == SHAPES[shape]


def test_a_table_of_the_demo_tells_the_columns_it_sums(lake: Settings, spark: SparkSession) -> None:
    day = "2017-01-01"
    list(land(lake.landing, first=day, last=day))
    for key in ("bronze/products", "silver/products", "bronze/transactions"):
        made = find_table(key)
        make(made, lake, lambda: spark, [day] if made.calendar else None)
    table = find_table("silver/transactions")
    inputs = load_inputs(table, table.arguments, range_of(table, [day]), lake, lambda: spark)
    found = told(table(**inputs))
    assert found["sales_value"] == {"transactions.sales_value"}
    assert found["_source_file"] == {"transactions._source_file"}
