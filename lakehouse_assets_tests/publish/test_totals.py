"""Sums of what is staged: exact, and nothing is missing because it was rejected or did not cast."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandera.pyspark import Field
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract
from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.totals import SlotTotals, Total, Wanted, frame_totals, is_exact
from lakehouse_assets_tests.publish.sales import MONDAY, TUESDAY, target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import Column, DataFrame, SparkSession

    from lakehouse_assets.settings import Settings

DAYS = (MONDAY, TUESDAY)
AMOUNT = Wanted(("amount",))
Row = tuple[str, str | None, str | None]


class Paid(Contract):
    """What was paid on a day."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, gt=0)
    amount: T.DecimalType(12, 2) = Field(coerce=True)


def paid(spark: SparkSession, rows: list[Row]) -> DataFrame:
    typed = [(dt.date.fromisoformat(day), i, amount) for day, i, amount in rows]
    return spark.createDataFrame(typed, "day date, id string, amount string")


def staged(spark: SparkSession, lake: Settings, rows: list[Row], wanted: Wanted) -> Mapping[str, SlotTotals]:
    return judge(paid(spark, rows), target(lake, contract=Paid), Range("day", DAYS), wanted=wanted).totals


amounts = st.decimals(-(10**9), 10**9, places=2).map(str) | st.sampled_from(["", "many", "1.2.3", "NaN"]) | st.none()
any_rows = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(["1", "-1", "x", None]), amounts), max_size=12)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_rows)
def test_accepted_and_rejected_rows_sum_to_what_came_to_the_last_cent(
    spark: SparkSession, lake: Settings, rows: list[Row]
) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    unreadable: dict[str, int] = defaultdict(int)
    for day, _, amount in rows:
        if amount in ("", "many", "1.2.3", "NaN"):
            unreadable[day] += 1
        elif amount is not None:
            sums[day] += Decimal(amount)
    found = staged(spark, lake, rows, AMOUNT)
    before = frame_totals(paid(spark, rows), ["amount"], "day")
    for day in DAYS:
        nothing, of_day = {"amount": Total()}, found.get(day, SlotTotals())
        total = of_day.accepted.get("amount", Total()) + of_day.rejected.get("amount", Total())
        assert (total.sum, total.unreadable) == (sums[day], unreadable[day])
        assert before.get(day, nothing)["amount"] == total


def test_a_value_that_is_no_number_is_counted_and_named(spark: SparkSession, lake: Settings) -> None:
    totals = staged(spark, lake, [(MONDAY, "1", "0.10"), (MONDAY, "2", "much")], AMOUNT)[MONDAY]
    assert totals.accepted["amount"] == Total(Decimal("0.10"))
    assert totals.rejected["amount"] == Total(Decimal(0), 1, "much")


def test_a_rejected_value_counts_as_it_came_and_not_as_it_was_rounded(spark: SparkSession, lake: Settings) -> None:
    totals = staged(spark, lake, [(MONDAY, "-1", "0.125")], AMOUNT)[MONDAY]
    assert totals.rejected["amount"].sum == Decimal("0.125")


def test_a_sum_that_is_too_large_is_no_sum(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("9" * 28,)] * 40, "amount string")
    assert frame_totals(frame, ["amount"], None)[""]["amount"].sum is None
    assert (Total(None) + Total(Decimal(1))).sum is None


def test_totals_of_many_digits_are_added_to_the_last_of_them() -> None:
    assert (Total(Decimal("1" * 38)) + Total(Decimal("0.01"))).sum == Decimal("1" * 38 + ".01")


def test_aggregate_rules_see_accepted_rows_only(spark: SparkSession, lake: Settings) -> None:
    rows: list[Row] = [(MONDAY, "1", "5"), (MONDAY, "-1", "900"), (TUESDAY, "-1", "1")]
    found = staged(spark, lake, rows, Wanted(tests=rules()))
    assert found[MONDAY].tests == {"small": True, "many": False, "of_its_day": True}
    assert found[TUESDAY].tests is None  # nothing was accepted


def rules() -> dict[str, Column]:
    return {
        "small": F.sum("amount") < 10,
        "many": F.count_distinct("id") > 1,
        "of_its_day": F.max("day") == F.lit(MONDAY).cast("date"),
    }


def test_an_aggregate_rule_that_is_not_boolean_is_refused_by_name(spark: SparkSession, lake: Settings) -> None:
    with pytest.raises(ContractError, match=r"check 'sum' is decimal.*not boolean"):
        staged(spark, lake, [(MONDAY, "1", "5")], Wanted(tests={"sum": F.sum("amount")}))


@pytest.mark.parametrize(
    ("kind", "exact"),
    [
        (T.DecimalType(12, 2), True),
        (T.DecimalType(38, 10), True),
        (T.DecimalType(38, 2), False),
        (T.DecimalType(20, 12), False),
        (T.LongType(), True),
        (T.DoubleType(), False),
        (T.StringType(), False),
    ],
)
def test_only_decimals_that_fit_and_whole_numbers_are_summed_as_exact(kind: T.DataType, exact: bool) -> None:
    assert is_exact(kind) is exact
