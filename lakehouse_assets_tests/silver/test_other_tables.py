"""The other silver tables by given and expected rows."""

from datetime import UTC, date, datetime

from pyspark.sql import SparkSession

from lakehouse_assets.bronze.campaign_descriptions import CampaignDescriptions
from lakehouse_assets.bronze.campaigns import Campaigns
from lakehouse_assets.bronze.coupons import Coupons
from lakehouse_assets.bronze.households import Households
from lakehouse_assets.bronze.products import Products
from lakehouse_assets.bronze.promotions import Promotions
from lakehouse_assets.ingest.provenance import bronze_schema
from lakehouse_assets.silver.campaigns import campaigns
from lakehouse_assets.silver.coupons import coupons
from lakehouse_assets.silver.households import households
from lakehouse_assets.silver.products import products
from lakehouse_assets.silver.promotions import promotions
from lakehouse_assets_tests.given import frame, rows


def test_an_empty_text_of_a_product_is_an_unknown_value(spark: SparkSession) -> None:
    given = frame(
        spark, bronze_schema(Products.schema, None), [{"product_id": 1, "product_type": "  ", "brand": " National"}]
    )
    assert rows(products(given), "brand", "product_type") == [{"brand": "National", "product_type": None}]


def test_a_product_that_a_master_leaves_out_has_ended_and_one_that_changed_has_two_versions(
    spark: SparkSession,
) -> None:
    first, second = datetime(2017, 1, 1, tzinfo=UTC), datetime(2017, 6, 1, tzinfo=UTC)
    given = frame(
        spark,
        bronze_schema(Products.schema, None),
        [
            {"product_id": 1, "department": "GROCERY", "_source_modified": first},
            {"product_id": 1, "department": "PASTRY", "_source_modified": second},
            {"product_id": 2, "department": "FUEL", "_source_modified": first},
            {"product_id": 3, "department": "FUEL", "_source_modified": first},
            {"product_id": 3, "department": "FUEL ", "_source_modified": second},
        ],
    )
    assert rows(products(given), "product_id", "department", "is_current") == [
        {"product_id": 2, "department": "FUEL", "is_current": False},
        {"product_id": 3, "department": "FUEL", "is_current": True},
        {"product_id": 1, "department": "GROCERY", "is_current": False},
        {"product_id": 1, "department": "PASTRY", "is_current": True},
    ]


def test_a_household_that_a_delivery_leaves_out_keeps_its_answer(spark: SparkSession) -> None:
    first, second = datetime(2017, 1, 1, tzinfo=UTC), datetime(2017, 6, 1, tzinfo=UTC)
    given = frame(
        spark,
        bronze_schema(Households.schema, None),
        [
            {"household_id": "1", "age": "25-34", "_source_modified": first},
            {"household_id": "2", "age": "25-34", "_source_modified": first},
            {"household_id": "2", "age": "35-44", "_source_modified": second},
        ],
    )
    assert rows(households(given), "household_id", "age", "is_current") == [
        {"age": "25-34", "household_id": "1", "is_current": True},
        {"age": "25-34", "household_id": "2", "is_current": False},
        {"age": "35-44", "household_id": "2", "is_current": True},
    ]


def test_a_product_promoted_in_two_places_takes_the_higher_code_of_each_kind(spark: SparkSession) -> None:
    where = {"week_start": date(2017, 1, 2), "product_id": 1, "store_id": 2}
    given = frame(
        spark,
        bronze_schema(Promotions.schema, "week_start"),
        [
            {"display_location": "0", "mailer_location": "D"},
            {"display_location": "6", "mailer_location": "A"},
            {"display_location": "A", "mailer_location": "0", "store_id": 3},
        ],
        **where,
    )
    assert rows(promotions(given), "store_id", "display_location", "mailer_location") == [
        {"store_id": 2, "display_location": "6", "mailer_location": "D"},
        {"store_id": 3, "display_location": "A", "mailer_location": "0"},
    ]


def test_a_coupon_listed_twice_is_kept_once_as_it_first_appeared(spark: SparkSession) -> None:
    line = {"coupon_upc": "1", "product_id": "2", "campaign_id": "3", "_source_file": "coupons/c.csv"}
    given = frame(spark, bronze_schema(Coupons.schema, None), [{"_source_row": 9}, {"_source_row": 4}], **line)
    assert rows(coupons(given), "coupon_upc", "_source_row") == [{"coupon_upc": "1", "_source_row": 4}]


def test_a_reached_household_of_a_campaign_without_description_is_there_to_be_rejected(spark: SparkSession) -> None:
    reached = frame(
        spark,
        bronze_schema(Campaigns.schema, None),
        [
            {"campaign_id": "1", "household_id": "7"},
            {"campaign_id": "2", "household_id": "7"},
        ],
    )
    described = frame(
        spark,
        bronze_schema(CampaignDescriptions.schema, None),
        [
            {"campaign_id": "1", "campaign_type": "Type A", "start_date": "2017-03-03", "end_date": "2017-04-09"},
        ],
    )
    assert rows(campaigns(reached, described), "campaign_id", "campaign_type") == [
        {"campaign_id": "1", "campaign_type": "Type A"},
        {"campaign_id": "2", "campaign_type": None},
    ]
