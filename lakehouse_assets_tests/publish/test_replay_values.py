"""A replayed row holds exactly the values that were rejected, or it is not replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin
from lakehouse_assets_tests.publish.replaying import replayed
from lakehouse_assets_tests.publish.sales import MONDAY, THREE_DAYS, publish_sales, target

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


class Numbered(Contract):
    """Sales whose item is a number by now."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, ge=-5)
    item: T.IntegerType = Field(nullable=True)


def test_a_row_whose_value_has_no_place_in_todays_type_is_not_replayed_without_it(
    spark: SparkSession, lake: Settings
) -> None:
    publish_sales(spark, target(lake), [(MONDAY, -1, "no number"), (MONDAY, 1, None)], THREE_DAYS)
    done = replayed(spark, target(lake, contract=Numbered))
    assert (done.passed, done.stayed, done.publication) == (0, 1, None)


class Precise(Contract):
    """Values that JSON would not keep: long decimals, microseconds, the ends of a float's range."""

    day: T.DateType = Field()
    id: T.LongType = Field(gt=0)
    money: T.DecimalType(38, 10) = Field(nullable=True)
    at: T.TimestampType = Field(nullable=True)
    share: T.DoubleType = Field(nullable=True)
    parts: T.ArrayType(T.LongType()) = Field(nullable=True)


class PreciseToday(Precise):
    """As today's contract bears them."""

    id: T.LongType = Field()


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("123456789012345678.0123456789, timestamp'2017-01-02 03:04:05.678901', 0.1D, array(1L)", id="all"),
        pytest.param("-0.0000000001, timestamp'1700-01-01 00:00:00.000001', 1.7976931348623157E308D, null", id="ends"),
        pytest.param("null, null, 5E-324D, array(9223372036854775807L, null)", id="the smallest, and nothing"),
        pytest.param("0, timestamp'9999-12-31 23:59:59.999999', double('-Infinity'), array()", id="infinite"),
        pytest.param("1, null, double('NaN'), null", id="not a number"),
    ],
)
def test_a_replayed_row_holds_exactly_the_values_that_were_rejected(
    spark: SparkSession, lake: Settings, row: str
) -> None:
    frame = spark.sql(f"select date'{MONDAY}' day, -1L id, * from values ({row}) as v(money, at, share, parts)")
    kinds = {"money": "decimal(38,10)", "at": "timestamp", "share": "double", "parts": "array<bigint>"}
    typed = frame.selectExpr("day", "id", *(f"cast({name} as {kind}) {name}" for name, kind in kinds.items()))
    to = target(lake, contract=Precise)
    publish(judge(typed, to, Range("day", (MONDAY,))), Origin("run"))
    assert replayed(spark, target(lake, contract=PreciseToday)).passed == 1
    (published,) = spark.read.format("delta").load(to.url).collect()
    (given,) = typed.collect()
    assert str(published.asDict()) == str(given.asDict())
