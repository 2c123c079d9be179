"""Silver transactions by given and expected rows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lakehouse_assets.bronze.transactions import Transactions as bronze
from lakehouse_assets.checking import check_rows, sums_before, wanted_of
from lakehouse_assets.declare.targets import range_of, target_of
from lakehouse_assets.ingest.provenance import bronze_schema
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.settings import Settings
from lakehouse_assets.silver.products import products
from lakehouse_assets.silver.transactions import transactions
from lakehouse_assets_tests.given import frame, rows

LINE = {
    "event_date": date(2017, 1, 1),
    "household_id": "900",
    "store_id": "330",
    "basket_id": "31198570044",
    "product_id": "1095275",
    "quantity": "1",
    "sales_value": "0.50",
    "retail_disc": "0.00",
    "coupon_disc": "0.00",
    "coupon_match_disc": "0.00",
    "week": "1",
    "transaction_timestamp": "2017-01-01 11:53:26",
    "_source_file": "transactions/2017-01-01/a.csv",
    "_source_row": 1,
    "_source_modified": datetime(2017, 1, 2, tzinfo=UTC),
}


@pytest.fixture
def given(spark: SparkSession):
    return lambda *lines: frame(spark, bronze_schema(bronze.schema, "event_date"), list(lines), **LINE)


def test_text_becomes_typed_and_keeps_where_it_came_from(given, spark: SparkSession, lake: Settings) -> None:
    known = frame(spark, products.schema, [{"product_id": 1095275}])
    target = target_of(transactions, lake)
    judged = judge(transactions(given({})), target, range_of(transactions, ["2017-01-01"]), {"silver_products": known})
    (row,) = rows(spark.read.parquet(f"{judged.staging.root}/{judged.staging.folder}"))
    assert row["sold_at"] == datetime(2017, 1, 1, 11, 53, 26)  # noqa: DTZ001 - the session gives UTC without a zone
    assert (row["basket_id"], row["quantity"], row["sales_value"]) == (31198570044, 1, Decimal("0.50"))
    assert row["week_start"] == date(2016, 12, 26)
    assert (row["_source_file"], row["_source_row"]) == ("transactions/2017-01-01/a.csv", 1)


def test_of_a_line_delivered_twice_the_latest_delivery_wins(given) -> None:
    late = {"_source_modified": datetime(2017, 1, 9, tzinfo=UTC), "_source_file": "transactions/2017-01-01/0.csv"}
    result = transactions(given({"quantity": "1"}, {"quantity": "2", **late}, {"quantity": "3", "product_id": "7"}))
    assert rows(result, "quantity") == [{"quantity": "2"}, {"quantity": "3"}]


def test_a_line_delivered_twice_is_warned_of_by_how_much_the_older_one_was(
    given, spark: SparkSession, lake: Settings
) -> None:
    late = {"_source_modified": datetime(2017, 1, 9, tzinfo=UTC), "sales_value": "0.30"}
    for lines, passed, difference in (([{}], True, "0"), ([{}, late], False, "-0.5")):
        frames = {
            "bronze_transactions": given(*lines),
            "silver_products": frame(spark, products.schema, [{"product_id": 1095275}]),
        }
        range_ = range_of(transactions, ["2017-01-01"])
        to, wanted = target_of(transactions, lake), wanted_of(transactions)
        judged = judge(transactions(frames["bronze_transactions"]), to, range_, frames, wanted=wanted)
        (finding,) = check_rows(transactions, judged, sums_before(transactions, frames, "event_date"), None)
        assert (finding.passed, finding.figures["difference"], finding.blocks) == (passed, difference, False)


def test_of_a_line_twice_in_one_file_the_last_wins(given) -> None:
    result = transactions(given({"quantity": "1"}, {"quantity": "2", "_source_row": 2}))
    assert rows(result, "quantity") == [{"quantity": "2"}]


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        pytest.param({}, {}, id="a good line"),
        pytest.param({"quantity": "0"}, {"quantity_is_counted": 1}, id="no quantity is a warning"),
        pytest.param({"quantity": "-1"}, {"quantity__ge": 1, "quantity_is_counted": 1}, id="negative quantity"),
        pytest.param({"product_id": "8"}, {"product_id__in_silver_products": 1}, id="unknown product"),
        pytest.param({"sales_value": "abc"}, {"sales_value__castable": 1, "sales_value__not_null": 1}, id="no number"),
        pytest.param({"sales_value": "-1.00"}, {"sales_value__ge": 1}, id="negative value"),
        pytest.param(
            {"sales_value": "99999999999.00"},
            {"sales_value__castable": 1, "sales_value__not_null": 1},
            id="a number too large",
        ),
        pytest.param({"household_id": None}, {"household_id__not_null": 1}, id="no household"),
        pytest.param({"transaction_timestamp": "2017-01-02 00:00:01"}, {"sold_on_its_day": 1}, id="of another day"),
        pytest.param(
            {"transaction_timestamp": "2017-13-01 00:00:01"},
            {"sold_at__castable": 1, "sold_at__not_null": 1},
            id="an impossible date",
        ),
        pytest.param({"week": "54"}, {"week__in_range": 1}, id="a week that the retailer does not have"),
    ],
)
def test_a_line_breaks_exactly_the_rules_it_should(
    given, spark: SparkSession, lake: Settings, line: dict[str, Any], broken: dict[str, int]
) -> None:
    known = frame(spark, products.schema, [{"product_id": 1095275}])
    target = target_of(transactions, lake)
    judged = judge(
        transactions(given(line)), target, range_of(transactions, ["2017-01-01"]), {"silver_products": known}
    )
    total = judged.judgement.total
    assert {rule: count for rule, count in total.failures.items() if count} == broken
    assert total.quarantined == (0 if set(broken) <= {"quantity_is_counted"} else 1)
