"""Checks of a partition as a whole: what they notice, and what they say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pandera.pyspark import Field
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.checking import check_rows, check_volume, sums_before, wanted_of
from lakehouse_assets.declare import Contract, holds, reconciles, silver, volume
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.judgement import Judgement, Tally
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.rules import RuleSet
from lakehouse_assets.publish.target import Target

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from lakehouse_assets.settings import Settings

FIRST, SECOND, THIRD = DAYS = ("2017-01-01", "2017-01-02", "2017-01-03")
Rows = list[tuple[str, int, str | None]]


class Paid(Contract):
    """What was paid on a day."""

    event_date: T.DateType = Field()
    id: T.LongType = Field(gt=0)
    amount: T.DecimalType(12, 2) = Field(coerce=True)


def paid(bronze_paid: DataFrame) -> DataFrame:
    """As it came."""
    return bronze_paid


def sells_at_all() -> Column:
    """A day that sold nothing is no day."""
    return F.sum("amount") > 0


def frame(spark: SparkSession, rows: Rows) -> DataFrame:
    typed = [(dt.date.fromisoformat(day), i, amount) for day, i, amount in rows]
    return spark.createDataFrame(typed, "event_date date, id long, amount string")


def findings(spark: SparkSession, lake: Settings, check: Any, rows: Rows, before: DataFrame, **options: Any) -> Any:
    """What a check says of `rows`, made from the table `before`; by partition."""
    table = silver(**{"contract": Paid, "partitions": DAILY, "checks": [check], **options})(paid)
    range_ = Range("event_date", DAYS) if table.calendar else Range.whole()
    column = table.calendar.column if table.calendar else None
    to = Target(table.id, lake.table_url("silver", "paid"), "", table.schema, column, table.rules)
    judged = judge(frame(spark, rows), to, range_, wanted=wanted_of(table))
    sums = sums_before(table, {"bronze_paid": before}, column)
    return {f.slot: f for f in check_rows(table, judged, sums, None)}


SUM = reconciles("amount", "bronze_paid")


def test_sums_of_each_partition_are_compared_and_quarantined_rows_count(spark: SparkSession, lake: Settings) -> None:
    rows: Rows = [(FIRST, 1, "1.10"), (FIRST, -1, "2.20"), (SECOND, 2, "3.00")]
    before: Rows = [(FIRST, 1, "3.30"), (SECOND, 2, "2.50"), (SECOND, 3, "0.75")]
    found = findings(spark, lake, SUM, rows, frame(spark, before))
    assert found[FIRST].passed
    assert found[FIRST].figures == {"sum": "3.3", "sum_before": "3.3", "difference": "0"}
    assert not found[SECOND].passed
    assert found[SECOND].said == "amount sums to 3, bronze_paid.amount to 3.25: 0.25 less"
    assert found[THIRD].passed  # nothing came, nothing is missing


def test_a_partition_that_vanished_is_missed(spark: SparkSession, lake: Settings) -> None:
    found = findings(spark, lake, SUM, [(FIRST, 1, "1")], frame(spark, [(FIRST, 1, "1"), (THIRD, 1, "7")]))
    assert found[THIRD].said == "amount sums to 0, bronze_paid.amount to 7: 7 less"


def test_a_difference_within_what_is_allowed_passes(spark: SparkSession, lake: Settings) -> None:
    before = frame(spark, [(FIRST, 1, "1.05")])
    for within, passed in ((Decimal("0.05"), True), (Decimal("0.04"), False)):
        check = reconciles("amount", "bronze_paid", within=within)
        assert findings(spark, lake, check, [(FIRST, 1, "1.00")], before)[FIRST].passed is passed


def test_text_that_is_no_number_is_named_and_must_be_as_much_on_both_sides(spark: SparkSession, lake: Settings) -> None:
    before = frame(spark, [(FIRST, 1, "much"), (SECOND, 1, "more")])
    found = findings(spark, lake, SUM, [(FIRST, 1, "much")], before)
    assert found[FIRST].passed
    assert found[FIRST].figures["not_numbers"] == 1
    assert not found[SECOND].passed
    assert "0 values of amount and 1 of bronze_paid.amount are no numbers, such as 'more'" in found[SECOND].said


def test_a_table_that_knows_no_partition_is_compared_by_the_totals_of_the_run(
    spark: SparkSession, lake: Settings
) -> None:
    rows: Rows = [(FIRST, 1, "1.00"), (SECOND, 1, "2.00")]
    for whole, passed in (("3.00", True), ("3.01", False)):
        before = spark.createDataFrame([(whole,)], "amount string")
        assert [f.passed for f in findings(spark, lake, SUM, rows, before).values()] == [passed] * 3


def test_an_unpartitioned_table_is_compared_as_a_whole(spark: SparkSession, lake: Settings) -> None:
    before = frame(spark, [(FIRST, 1, "1.00"), (SECOND, 1, "2.00")])
    rows: Rows = [(FIRST, 1, "1.00"), (SECOND, -1, "2.00")]
    assert findings(spark, lake, SUM, rows, before, partitions=None)[""].passed
    assert not findings(spark, lake, SUM, rows[:1], before, partitions=None)[""].passed


def test_an_aggregate_rule_says_what_does_not_hold_and_why_it_matters(spark: SparkSession, lake: Settings) -> None:
    rows: Rows = [(FIRST, 1, "1.00"), (SECOND, 1, "-2.00"), (SECOND, -1, "9.00")]
    found = findings(spark, lake, holds("sells", sells_at_all), rows, frame(spark, rows))
    assert found[FIRST].passed
    assert found[SECOND].refusal == "partition 2017-01-02: does not hold: A day that sold nothing is no day. [sells]"
    assert (found[THIRD].passed, found[THIRD].said) == (True, "no accepted rows to judge")


def test_an_aggregate_rule_that_is_null_does_not_pass(spark: SparkSession, lake: Settings) -> None:
    def is_unknown() -> Column:
        """A sum of nothing is no sum."""
        return F.sum(F.when(F.col("id") > 9, F.col("amount"))) > 0

    found = findings(spark, lake, holds("known", is_unknown), [(FIRST, 1, "1")], frame(spark, []))
    assert "(it is NULL)" in found[FIRST].said


def volumes(counts: list[int], **options: Any) -> list[Finding]:
    table = silver(contract=Paid, partitions=DAILY, checks=[volume(**options)])(paid)
    slots = DAILY.keys()[: len(counts)]
    tallies = {slot: Tally(n, n, 0, {}) for slot, n in zip(slots, counts, strict=True)}
    return list(check_volume(table, Judgement(Range("event_date", slots), RuleSet(()), tallies), None))


@pytest.mark.parametrize(
    ("counts", "passed"),
    [
        pytest.param([9, 1, 9], [True] * 3, id="too few to compare with"),
        pytest.param([10, 10, 10, 5, 4], [True] * 4 + [False], id="half is enough, less is not"),
        pytest.param([10, 10, 10, 20, 21], [True] * 4 + [False], id="twice is not too many, more is"),
        pytest.param([10, 10, 10, 0, 10], [True] * 3 + [False, True], id="nothing is too few"),
        pytest.param([10, 10, 0, 1], [True] * 4, id="partitions without rows are not compared with"),
    ],
)
def test_rows_are_compared_with_the_median_of_earlier_partitions(counts: list[int], passed: list[bool]) -> None:
    found = volumes(counts)
    assert [finding.passed for finding in found] == passed
    assert all(finding.said for finding in found if not finding.passed or finding.figures["earlier_partitions"] < 3)


def test_only_the_latest_partitions_are_compared_with() -> None:
    growing = [100] * 3 + [10] * 3 + [10]
    assert volumes(growing, of_last=3)[-1].passed
    assert not volumes(growing, of_last=6)[-1].passed
