"""Gold tables by given and expected rows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from lakehouse_assets.gold.campaign_response import campaign_response
from lakehouse_assets.gold.daily_store_sales import daily_store_sales
from lakehouse_assets.gold.household_value import household_value
from lakehouse_assets.gold.product_performance import product_performance
from lakehouse_assets.gold.promotion_lift import promotion_lift
from lakehouse_assets.silver.campaigns import campaigns
from lakehouse_assets.silver.households import households
from lakehouse_assets.silver.products import products
from lakehouse_assets.silver.promotions import promotions
from lakehouse_assets.silver.redemptions import redemptions
from lakehouse_assets.silver.transactions import transactions
from lakehouse_assets_tests.given import frame, rows

DAY = date(2017, 1, 3)
WEEK = date(2017, 1, 2)
SINCE = {"valid_from": datetime(2017, 1, 1, tzinfo=UTC), "is_current": True}
MONEY = {name: Decimal("0.00") for name in ("retail_disc", "coupon_disc", "coupon_match_disc")}
LINE = {
    "event_date": DAY,
    "week_start": WEEK,
    "basket_id": 1,
    "household_id": 1,
    "store_id": 1,
    "product_id": 1,
    "quantity": 1,
    "sales_value": Decimal("1.00"),
    **MONEY,
}


@pytest.fixture
def sold(spark: SparkSession):
    return lambda *lines: frame(spark, transactions.schema, list(lines), **LINE)


def test_a_store_day_counts_baskets_and_households_once_and_sums_money_exactly(sold) -> None:
    result = daily_store_sales(
        sold(
            {"product_id": 1, "sales_value": Decimal("0.10"), "coupon_disc": Decimal("0.50")},
            {"product_id": 2, "sales_value": Decimal("0.20"), "coupon_match_disc": Decimal("0.25")},
            {"product_id": 1, "basket_id": 2, "quantity": 3},
            {"store_id": 2},
        )
    )
    first, second = (row for _, row in sorted((row["store_id"], row) for row in rows(result)))
    assert (first["baskets"], first["households"], first["lines"], first["units"]) == (2, 1, 3, 5)
    assert (first["sales_value"], first["coupon_disc"]) == (Decimal("1.30"), Decimal("0.75"))
    assert second["sales_value"] == Decimal("1.00")


def test_a_product_without_category_is_reported_as_unclassified(sold, spark: SparkSession) -> None:
    known = frame(spark, products.schema, [{"product_id": 1, "department": "FUEL", "brand": "Private", **SINCE}])
    (row,) = rows(product_performance(sold({}, {"basket_id": 2, "store_id": 5}), known))
    assert (row["product_category"], row["stores"], row["baskets"]) == ("UNCLASSIFIED", 2, 2)
    assert row["sales_value"] == Decimal("2.00")


def test_a_product_is_reported_as_it_is_called_now_or_was_called_last(sold, spark: SparkSession) -> None:
    """Product 1 changed its department, product 2 left the master: neither is counted twice, neither is missing."""
    then, now = datetime(2017, 1, 1, tzinfo=UTC), datetime(2017, 6, 1, tzinfo=UTC)
    known = frame(
        spark,
        products.schema,
        [
            {"product_id": 1, "department": "GROCERY", "valid_from": then, "valid_to": now, "is_current": False},
            {"product_id": 1, "department": "PASTRY", "valid_from": now, "is_current": True},
            {"product_id": 2, "department": "FUEL", "valid_from": then, "valid_to": now, "is_current": False},
        ],
        brand="National",
    )
    result = product_performance(sold({}, {"product_id": 2}), known)
    assert rows(result, "product_id", "department", "baskets") == [
        {"product_id": 2, "department": "FUEL", "baskets": 1},
        {"product_id": 1, "department": "PASTRY", "baskets": 1},
    ]


def test_lift_compares_with_the_stores_that_did_not_promote_the_product(sold, spark: SparkSession) -> None:
    """Stores 1 and 2 promote product 1, store 3 does not but promotes something: 4 lines against 1 each."""
    lines = [{"store_id": store, "basket_id": 10 * store + i} for store in (1, 2) for i in range(4)]
    where = {"week_start": WEEK, "display_location": "3", "mailer_location": "0"}
    promoted = frame(
        spark,
        promotions.schema,
        [
            {"product_id": 1, "store_id": 1},
            {"product_id": 1, "store_id": 2},
            {"product_id": 9, "store_id": 3, "display_location": "5"},
        ],
        **where,
    )
    result = promotion_lift(sold(*lines, {"store_id": 3, "basket_id": 99}, {"store_id": 44, "basket_id": 98}), promoted)
    by_display = {row["display_location"]: row for row in rows(result)}
    three, five = by_display["3"], by_display["5"]
    assert (three["placements"], three["placements_sold"], three["lines"]) == (2, 2, 8)
    assert (three["expected_lines"], three["lift"]) == (2.0, 4.0)
    assert (five["placements_sold"], five["sales_value"], five["lift"]) == (0, Decimal("0.00"), None)


def test_households_are_scored_by_fifths_and_ties_go_by_number(sold, spark: SparkSession) -> None:
    lines = [
        {"household_id": h, "basket_id": 100 * h + i, "event_date": DAY - timedelta(days=10 - h)}
        for h in range(1, 11)
        for i in range(h)
    ]
    answered = [{"age": "65+", **SINCE}, {"age": "55-64", **SINCE, "is_current": False}]
    asked = frame(spark, households.schema, answered, household_id=10)
    result = {row["household_id"]: row for row in rows(household_value(sold(*lines), asked))}
    best, worst = result[10], result[1]
    assert (best["recency_score"], best["frequency_score"], best["value_score"]) == (5, 5, 5)
    assert (best["segment"], best["age"], best["recency_days"]) == ("champion", "65+", 0)
    assert (worst["segment"], worst["age"], worst["recency_days"]) == ("lapsed", None, 9)
    assert (worst["frequency"], worst["value"]) == (1, Decimal("1.00"))


def test_a_campaign_compares_spend_of_the_reached_in_two_windows_of_equal_length(sold, spark: SparkSession) -> None:
    about = {
        "campaign_id": 1,
        "campaign_type": "Type B",
        "start_date": date(2017, 2, 10),
        "end_date": date(2017, 2, 14),
    }
    reached = frame(spark, campaigns.schema, [{"household_id": 1}, {"household_id": 2}], **about)
    redeemed = frame(
        spark, redemptions.schema, [{"household_id": 2, "campaign_id": 1}, {"household_id": 2, "campaign_id": 1}]
    )
    spent = [(1, 4, "9"), (1, 5, "2"), (1, 9, "3"), (1, 10, "5"), (2, 14, "7"), (1, 15, "11"), (3, 12, "13")]
    lines = [
        {"household_id": h, "event_date": date(2017, 2, day), "basket_id": 100 * h + day, "sales_value": Decimal(value)}
        for h, day, value in spent
    ]
    (row,) = rows(campaign_response(reached, redeemed, sold(*lines)))
    assert (row["reached"], row["redeemed"], row["redemptions"], row["days"]) == (2, 1, 2, 5)
    assert (row["spend_before"], row["spend_during"]) == (Decimal("5.00"), Decimal("12.00"))
