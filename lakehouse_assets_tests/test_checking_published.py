"""Checks of partitions as a run makes them: what of a result stays, and that a loss publishes nothing."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable

from lakehouse_assets.bronze.transactions import Transactions
from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Table
from lakehouse_assets.demo.land import land
from lakehouse_assets.errors import RefusedError
from lakehouse_assets.gold.daily_store_sales import daily_store_sales
from lakehouse_assets.gold.product_performance import product_performance
from lakehouse_assets.making import make
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.publication import STORED
from lakehouse_assets_tests.landing import no_engine, put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from lakehouse_assets.settings import Settings

FIRST, SECOND, THIRD = DAYS = ("2017-01-01", "2017-01-02", "2017-01-03")


def deliver(lake: Settings, day: str, lines: int, header: str = ",".join(Transactions.schema.names)) -> None:
    put(lake, f"transactions/{day}/till.csv", header + "\n" + ("1," * header.count(",") + "1\n") * lines)


def load(lake: Settings, *days: str) -> dict[tuple[str, str], Finding]:
    prepared, _ = make(Transactions, lake, no_engine, days)
    return {(f.check, f.slot): f for f in prepared.findings}


def expected_of(days: Sequence[str]) -> set[tuple[str, str]]:
    """Each check of each day, and the one check that is about the table."""
    return {(c.name, "" if c.name == STORED else day) for c in Transactions.checks for day in days}


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
    assert set(found) == expected_of(DAYS)  # no result is left open


def test_a_partition_that_stays_as_it_is_keeps_its_result(lake: Settings) -> None:
    for day in (*DAYS, "2017-01-05"):
        deliver(lake, day, 10)
    deliver(lake, "2017-01-04", 3)
    days = DAILY.keys()[:5]
    assert not load(lake, *days)["volume", "2017-01-04"].passed
    again = load(lake, *days)
    assert not again["volume", "2017-01-04"].passed
    assert set(again) == expected_of(days)


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
        columns, finding = sorted(run(product_performance, week)[0].findings, key=lambda one: one.check)
        assert columns.passed
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
