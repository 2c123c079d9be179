"""Merge by given and expected rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, merge, silver
from lakehouse_assets.errors import ContractError
from lakehouse_assets_tests.given import frame, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from lakehouse_assets.declare import Table

LINE = {"id": "1", "_source_file": "stock/a.csv", "_source_row": 1}
GIVEN = T.StructType(
    [
        T.StructField("id", T.StringType()),
        T.StructField("place", T.StringType()),
        T.StructField("amount", T.StringType()),
        T.StructField("version", T.StringType()),
        T.StructField("gone", T.StringType()),
        T.StructField("_source_file", T.StringType()),
        T.StructField("_source_row", T.LongType()),
    ]
)


class Stock(Contract):
    """What is in stock."""

    id: T.LongType = Field(coerce=True)
    version: T.LongType = Field(coerce=True)
    amount: T.LongType = Field(nullable=True, coerce=True)

    class Config:
        """One row for each thing."""

        unique = ["id"]


@pytest.fixture
def given(spark):
    return lambda *lines, **defaults: frame(spark, GIVEN, list(lines), **LINE, **defaults)


def stock(select: Callable[[DataFrame], DataFrame] = lambda frame: frame.drop("place", "gone"), **mode: Any) -> Table:
    def stock(bronze_stock: DataFrame) -> DataFrame:
        return select(bronze_stock)

    return silver(contract=Stock, write=merge(**({"latest": ["version"]} | mode)))(stock)


def test_the_latest_is_told_by_value_and_not_by_text(given) -> None:
    result = stock()(given({"version": "9", "amount": "1"}, {"version": "10", "amount": "2"}))
    assert rows(result, "version", "amount") == [{"version": "10", "amount": "2"}]


def test_a_key_is_told_by_value_and_the_row_stays_as_it_came(given) -> None:
    result = stock()(given({"version": "1"}, {"id": "01", "version": "2"}))
    assert rows(result, "id", "version") == [{"id": "01", "version": "2"}]


def test_a_column_that_only_orders_is_not_published(given) -> None:
    table = stock(lambda frame: frame.drop("gone"), latest=["place", "version"])
    result = table(given({"version": "1", "place": "b"}, {"version": "2", "place": "a"}, {"version": "3"}))
    assert result.columns == ["id", "amount", "version", "_source_file", "_source_row"]
    assert rows(result, "version") == [{"version": "1"}]  # without a place it is the oldest


def test_a_row_without_the_order_that_its_contract_demands_is_left_to_be_rejected(given) -> None:
    """Were it ranked, it would push a good row out, or vanish behind one."""
    table = stock(lambda frame: frame.drop("gone"), latest=["place", "version"])
    good = [{"version": "1", "place": "a"}, {"version": "2", "place": "c"}]
    result = table(given(*good, {"version": "x", "place": "b"}, {"place": "d"}))
    assert rows(result, "version") == [{"version": "2"}, {"version": "x"}, {"version": None}]


def test_a_deletion_takes_its_key_away_until_a_later_row_brings_it_back(given) -> None:
    table = stock(lambda f: f.withColumn("gone", f.gone.cast("boolean")).drop("place"), deletes="gone")
    before = [{"version": "1"}, {"version": "2", "gone": "true"}]
    assert rows(table(given(*before))) == []
    result = table(given({"version": "3"}, *before))
    assert "gone" not in result.columns
    assert rows(result, "version") == [{"version": "3"}]


def test_a_deletion_that_names_no_key_is_left_to_be_rejected(given) -> None:
    table = stock(lambda f: f.withColumn("gone", f.gone.cast("boolean")).drop("place"), deletes="gone")
    result = table(given({"version": "1"}, {"id": None, "version": "2", "gone": "true"}))
    assert rows(result, "id") == [{"id": "1"}, {"id": None}]


def test_a_deletion_that_is_no_boolean_is_refused(given) -> None:
    table = stock(lambda frame: frame.drop("place"), deletes="gone")
    with pytest.raises(ContractError, match=r"'gone', which marks deletions, is string(.|\n)*Remedy"):
        table(given({}))


def test_a_frame_without_the_columns_that_its_mode_needs_is_refused(given) -> None:
    with pytest.raises(ContractError, match=r"write=merge\(\.\.\.\) needs the columns \['version'\]"):
        stock(lambda frame: frame.drop("version", "place", "gone"))(given({}))
