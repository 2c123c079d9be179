"""The peer's gold tables: the same questions, in Polars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from polars import col

if TYPE_CHECKING:
    from benchmarks.polars_peer import Peer

DAY, WEEK = "event_date", "week_start"
DOLLARS = pl.Decimal(14, 2)


def gold(peer: Peer) -> None:
    """Every gold table."""
    peer.make("gold/daily_store_sales", _daily_store_sales(peer), DAY)
    peer.make("gold/product_performance", _product_performance(peer), WEEK)
    peer.make("gold/promotion_lift", _promotion_lift(peer), WEEK)
    peer.make("gold/household_value", _household_value(peer))
    peer.make("gold/campaign_response", _campaign_response(peer))


def _daily_store_sales(peer: Peer) -> pl.LazyFrame:
    return (
        peer.read("silver/transactions")
        .group_by(DAY, "store_id")
        .agg(
            baskets=col("basket_id").n_unique().cast(pl.Int64),
            households=col("household_id").n_unique().cast(pl.Int64),
            lines=pl.len().cast(pl.Int64),
            units=col("quantity").sum(),
            sales_value=col("sales_value").sum().cast(DOLLARS),
            retail_disc=col("retail_disc").sum().cast(DOLLARS),
            coupon_disc=(col("coupon_disc") + col("coupon_match_disc")).sum().cast(DOLLARS),
        )
    )


def _product_performance(peer: Peer) -> pl.LazyFrame:
    discount = col("retail_disc") + col("coupon_disc") + col("coupon_match_disc")
    sales = (
        peer.read("silver/transactions")
        .group_by(WEEK, "product_id")
        .agg(
            stores=col("store_id").n_unique().cast(pl.Int64),
            baskets=col("basket_id").n_unique().cast(pl.Int64),
            households=col("household_id").n_unique().cast(pl.Int64),
            units=col("quantity").sum(),
            sales_value=col("sales_value").sum().cast(DOLLARS),
            discount=discount.sum().cast(DOLLARS),
        )
        .filter(col(WEEK).is_in(peer.week_dates))
    )
    last = col("valid_from") == col("valid_from").max().over("product_id")
    named = (
        peer.read("silver/products")
        .filter(last)
        .select("product_id", "department", col("product_category").fill_null("UNCLASSIFIED"), "brand")
    )
    return sales.join(named, on="product_id")


def _promotion_lift(peer: Peer) -> pl.LazyFrame:
    place, way = [WEEK, "product_id", "store_id"], ["display_location", "mailer_location"]
    promotions = peer.read("silver/promotions")
    sold = (
        peer.read("silver/transactions")
        .group_by(place)
        .agg(lines=pl.len().cast(pl.Int64), value=col("sales_value").sum())
    )
    stores = promotions.select(WEEK, "store_id").unique()
    ways = (
        promotions.join(sold, on=place, how="left")
        .group_by(WEEK, "product_id", *way)
        .agg(
            placements=pl.len().cast(pl.Int64),
            placements_sold=col("lines").count().cast(pl.Int64),
            lines=col("lines").sum(),
            value=col("value").sum(),
        )
    )
    everywhere = (
        sold.join(stores, on=[WEEK, "store_id"], how="semi")
        .group_by(WEEK, "product_id")
        .agg(all_lines=col("lines").sum())
    )
    of_product = ways.group_by(WEEK, "product_id").agg(
        col("placements").sum().alias("placed"), col("lines").sum().alias("promoted_lines")
    )
    others, other_lines = col("stores") - col("placed"), col("all_lines").fill_null(0) - col("promoted_lines")
    compared = (
        ways.join(of_product, on=[WEEK, "product_id"])
        .join(everywhere, on=[WEEK, "product_id"], how="left")
        .join(stores.group_by(WEEK).agg(stores=pl.len().cast(pl.Int64)), on=WEEK)
        .with_columns(baseline=pl.when(others * 10 >= col("stores")).then(other_lines / others))
    )
    comparable = pl.when(col("baseline").is_not_null()).then(col("lines")).sum()
    expected = (col("placements") * col("baseline")).sum()
    return compared.group_by(WEEK, *way).agg(
        col("placements", "placements_sold", "lines").sum(),
        sales_value=col("value").sum().cast(DOLLARS),
        expected_lines=expected,
        lift=pl.when(expected > 0).then(comparable / expected),
    )


def _household_value(peer: Peer) -> pl.LazyFrame:
    sales = peer.read("silver/transactions")
    shopped = (
        sales.group_by("household_id")
        .agg(
            first_purchase=col(DAY).min(),
            last_purchase=col(DAY).max(),
            frequency=col("basket_id").n_unique().cast(pl.Int64),
            value=col("sales_value").sum().cast(DOLLARS),
        )
        .with_columns(recency_days=(col("last_purchase").max() - col("last_purchase")).dt.total_days().cast(pl.Int32))
    )

    def fifth(by: str, *, descending: bool) -> pl.Expr:
        # ntile(5): the first n % 5 groups hold one more.
        rank = pl.struct(by if not descending else -col(by), "household_id").rank("ordinal").cast(pl.Int64) - 1
        small, larger = pl.len().cast(pl.Int64) // 5, pl.len().cast(pl.Int64) % 5
        edge = larger * (small + 1)
        return pl.when(rank < edge).then(rank // (small + 1)).otherwise(larger + (rank - edge) // small) + 1

    scored = shopped.with_columns(
        recency_score=fifth("recency_days", descending=True).cast(pl.Int32),
        frequency_score=fifth("frequency", descending=False).cast(pl.Int32),
        value_score=fifth("value", descending=False).cast(pl.Int32),
    )
    recent, worth = col("recency_score"), col("frequency_score") + col("value_score")
    segment = (
        pl.when((recent >= 4) & (worth >= 8))
        .then(pl.lit("champion"))
        .when((recent >= 3) & (worth >= 6))
        .then(pl.lit("loyal"))
        .when(recent >= 4)
        .then(pl.lit("promising"))
        .when(worth >= 6)
        .then(pl.lit("at risk"))
        .otherwise(pl.lit("lapsed"))
    )
    current = peer.read("silver/households").filter("is_current")
    answers = current.select("household_id", "age", "income", "household_comp")
    return scored.with_columns(segment=segment).join(answers, on="household_id", how="left")


def _campaign_response(peer: Peer) -> pl.LazyFrame:
    campaigns = peer.read("silver/campaigns")
    about = ["campaign_id", "campaign_type", "start_date", "end_date"]
    reached = campaigns.group_by(about).agg(reached=col("household_id").n_unique().cast(pl.Int64))
    redeemed = (
        peer.read("silver/redemptions")
        .group_by("campaign_id")
        .agg(redeemed=col("household_id").n_unique().cast(pl.Int64), redemptions=pl.len().cast(pl.Int64))
    )
    daily = peer.read("silver/transactions").group_by("household_id", DAY).agg(spent=col("sales_value").sum())
    days = col("end_date") - col("start_date") + pl.duration(days=1)
    before = (col(DAY) < col("start_date")) & (col(DAY) >= col("start_date") - days)
    spend = (
        campaigns.join(daily, on="household_id")
        .group_by("campaign_id")
        .agg(
            spend_before=col("spent").filter(before).sum().cast(DOLLARS),
            spend_during=col("spent").filter(col(DAY).is_between("start_date", "end_date")).sum().cast(DOLLARS),
        )
    )
    joined = reached.join(redeemed, on="campaign_id", how="left").join(spend, on="campaign_id", how="left")
    counts = ["reached", "redeemed", "redemptions"]
    return joined.with_columns(days=days.dt.total_days().cast(pl.Int32)).select(
        *about, "days", col(counts).fill_null(0), col("spend_before", "spend_during").fill_null(0).cast(DOLLARS)
    )
