"""Checks of partitions as a whole: what they notice, what they say, and that an error publishes nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.bronze.transactions import Transactions
from lakehouse_assets.calendars import DAILY
from lakehouse_assets.checking import check_rows, check_volume, sums_before
from lakehouse_assets.declare import Contract, Table, holds, reconciles, silver, volume
from lakehouse_assets.demo.land import land
from lakehouse_assets.errors import RefusedError
from lakehouse_assets.gold.daily_store_sales import daily_store_sales
from lakehouse_assets.gold.product_performance import product_performance
from lakehouse_assets.making import make
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
    judged = judge(frame(spark, rows), to, range_)
    sums = sums_before(table, {"bronze_paid": before}, column)
    return {f.slot: f for f in check_rows(table, judged, sums, spark, None)}


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


def deliver(lake: Settings, day: str, lines: int, header: str = ",".join(Transactions.schema.names)) -> None:
    path = Path(lake.landing, "transactions", day, "till.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + "\n" + ("1," * header.count(",") + "1\n") * lines)


def load(lake: Settings, *days: str) -> dict[tuple[str, str], Finding]:
    prepared, _ = make(Transactions, lake, lambda: None, days)
    return {(f.check, f.slot): f for f in prepared.findings}


def test_a_day_is_compared_with_published_ones_without_reading_a_row(lake: Settings) -> None:
    for day in DAYS:
        deliver(lake, day, 10)
    load(lake, *DAYS)
    deliver(lake, "2017-01-04", 3)
    found = load(lake, "2017-01-04")[("volume", "2017-01-04")]
    assert (found.passed, found.figures) == (False, {"rows": 3, "earlier_partitions": 3, "median": 10})
    assert not found.blocks  # it was published


def test_a_day_without_a_delivery_and_a_new_column_are_noticed(lake: Settings) -> None:
    deliver(lake, FIRST, 1)
    deliver(lake, THIRD, 1, ",".join([*Transactions.schema.names, "till"]))
    found = load(lake, *DAYS)
    missing, drifted = found["every_partition_delivered", SECOND], found["columns_as_agreed", THIRD]
    assert (missing.passed, missing.said) == (False, "no delivery, or none with a row")
    assert drifted.said == "transactions/2017-01-03/till.csv: + till (kept in _source_extra)"
    assert found["columns_as_agreed", FIRST].passed
    assert set(found) == {(c.name, day) for c in Transactions.checks for day in DAYS}  # no result is left open


def test_a_partition_that_stays_as_it_is_keeps_its_result(lake: Settings) -> None:
    for day in (*DAYS, "2017-01-05"):
        deliver(lake, day, 10)
    deliver(lake, "2017-01-04", 3)
    days = DAILY.keys()[:5]
    assert not load(lake, *days)["volume", "2017-01-04"].passed
    again = load(lake, *days)
    assert not again["volume", "2017-01-04"].passed
    assert set(again) == {(c.name, day) for c in Transactions.checks for day in days}


@pytest.fixture
def nine_days(lake: Settings, engine) -> tuple[Settings, Any]:
    """A lake with nine days of silver transactions: a week, and both its neighbours' edges."""
    list(land(lake.landing, first="2017-01-01", last="2017-01-09"))
    days = DAILY.keys()[:9]
    for name, keys in _order(days):
        make(name, lake, lambda: engine.spark_session, keys)
    return lake, engine


def _order(days: tuple[str, ...]) -> list[tuple[Table, Any]]:
    from lakehouse_assets.catalog import table

    return [
        (table("bronze/products"), None),
        (table("silver/products"), None),
        (Transactions, days),
        (table("silver/transactions"), days),
    ]


def test_the_demo_reconciles_also_at_the_edges_of_weeks_and_a_loss_publishes_nothing(nine_days) -> None:
    lake, engine = nine_days

    def run(table: Table, *keys: str) -> Any:
        return make(table, lake, lambda: engine.spark_session, keys)

    for week in ("2016-12-26", "2017-01-02", "2017-01-09"):
        (finding,) = run(product_performance, week)[0].findings
        assert finding.passed
        assert Decimal(str(finding.figures["sum"]).replace(",", "")) > 0
    run(daily_store_sales, SECOND)
    url = lake.table_url("gold", "daily_store_sales")
    before = DeltaTable(url).version(), set(DeltaTable(url).file_uris())

    def loses_a_store(silver_transactions: DataFrame) -> DataFrame:
        return daily_store_sales(silver_transactions).where("store_id <> 367")

    with pytest.raises(RefusedError, match=r"partition 2017-01-02: sales_value sums to .* less \[reconciles__"):
        run(dataclasses.replace(daily_store_sales, function=loses_a_store), SECOND)
    assert (DeltaTable(url).version(), set(DeltaTable(url).file_uris())) == before
    assert {str(p) for p in Path(url).rglob("*.parquet")} == before[1]
