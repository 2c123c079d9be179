"""Declaring checks: those that could never be kept are refused at once, with a remedy."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pandera.pyspark import Field
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY, WEEKLY
from lakehouse_assets.declare import Contract, Table, bronze, csv, gold, holds, reconciles, silver, volume
from lakehouse_assets.declare.checks import require_comparable
from lakehouse_assets.errors import DeclarationError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


class Sale(Contract):
    """What was sold."""

    event_date: T.DateType = Field()
    amount: T.DecimalType(12, 2) = Field()
    ratio: T.DoubleType = Field()


def sales(bronze_sales: DataFrame) -> DataFrame:
    """As it came."""
    return bronze_sales


def sells_at_all() -> Column:
    """A day that sold nothing is no day."""
    return F.sum("amount") > 0


def says_nothing() -> Column:
    return F.sum("amount") > 0


def declare(*checks: Any, partitions: Any = DAILY) -> Table:
    return silver(contract=Sale, partitions=partitions, checks=checks)(sales)


def test_checks_say_what_they_demand() -> None:
    within = reconciles("amount", "bronze_sales", "paid", within=Decimal("0.05"))
    table = declare(within, volume(), holds("sells", sells_at_all))
    assert {check.name: getattr(check, "demand", None) for check in table.checks} == {
        "columns_as_stored": ("the stored columns are the contract's, or may become them by the table's schema policy"),
        "reconciles__amount__bronze_sales": (
            "amount, quarantined rows included, sums to bronze_sales.paid, to within 0.05"
        ),
        "volume": "accepted rows are 0.5 to 2 times the median of 28 earlier partitions",
        "sells": "A day that sold nothing is no day.",
    }


def test_checks_change_no_row_and_no_version() -> None:
    assert declare(reconciles("amount", "bronze_sales"), volume()).code_version == declare().code_version


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (reconciles("amount", "bronze_other"), "not made from 'bronze_other'(.|\n)*bronze_sales"),
        (reconciles("amuont", "bronze_sales"), "no column 'amuont'(.|\n)*amount"),
        (reconciles("ratio", "bronze_sales"), "ratio is double, whose sum is not exact"),
        (reconciles("amount", "bronze_sales", within=0.01), 'Decimal\\("0.01"\\)'),
        (reconciles("amount", "bronze_sales", within=Decimal(-1)), "no exact bound"),
        (volume(of_last=2), "can never be kept"),
        (volume(low=2, high=1), "can never be kept"),
        (holds("Is good", sells_at_all), "no name"),
        (holds("good", says_nothing), "docstring"),
        (holds("amount__not_null", sells_at_all), "a rule or another check has this name"),
    ],
)
def test_a_check_that_could_never_be_kept_is_refused(check: Any, said: str) -> None:
    with pytest.raises(DeclarationError, match=said) as refused:
        declare(check)
    assert refused.value.remedy
    assert "silver/sales" in refused.value.where


def test_a_check_declared_twice_is_refused() -> None:
    with pytest.raises(DeclarationError, match="declare it once"):
        declare(volume(), volume(of_last=7))


def test_a_table_without_partitions_has_no_volume_to_compare() -> None:
    with pytest.raises(DeclarationError, match="no partitions to compare"):
        declare(volume(), partitions=None)


def delivered(kind: Any = T.StringType, **options: Any) -> Table:
    body = {"__annotations__": {"amount": kind}, "__doc__": "Any.", "amount": Field(nullable=True)}
    return bronze(csv("sales"), **options)(type("Sales", (Contract,), body))


def test_a_bronze_table_always_looks_at_its_columns_and_at_each_partition() -> None:
    assert [check.name for check in delivered().checks] == ["columns_as_agreed", "columns_as_stored"]
    partitioned = delivered(partitions=DAILY, checks=[volume()])
    assert [check.name for check in partitioned.checks] == [
        "every_partition_delivered",
        "columns_as_agreed",
        "columns_as_stored",
        "volume",
    ]


def test_a_bronze_table_judges_no_values() -> None:
    with pytest.raises(DeclarationError, match="bronze keeps what was delivered"):
        delivered(checks=[holds("sells", sells_at_all)])


@pytest.mark.parametrize(
    ("check", "other", "said"),
    [
        (reconciles("amount", "bronze_sales", "paid"), delivered(partitions=DAILY), "no column 'paid'(.|\n)*amount"),
        (reconciles("amount", "bronze_sales"), delivered(T.DoubleType, partitions=DAILY), "amount is double"),
        (
            reconciles("amount", "bronze_sales"),
            delivered(partitions=WEEKLY),
            "which of its rows are of which event_date",
        ),
    ],
)
def test_a_sum_that_the_other_table_cannot_give_is_refused_when_the_code_is_loaded(check, other, said) -> None:
    with pytest.raises(DeclarationError, match=said):
        require_comparable(declare(check), {"bronze_sales": other}.__getitem__)


@pytest.mark.parametrize("other", [delivered(partitions=DAILY), delivered(T.LongType), delivered(T.DecimalType(9, 3))])
def test_text_and_exact_numbers_can_be_compared(other: Table) -> None:
    require_comparable(declare(reconciles("amount", "bronze_sales")), {"bronze_sales": other}.__getitem__)


def test_gold_declares_checks_as_silver_does() -> None:
    assert [check.name for check in gold(contract=Sale, checks=[holds("sells", sells_at_all)])(sales).checks] == [
        "columns_as_stored",
        "sells",
    ]
