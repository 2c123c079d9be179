"""Gold product performance."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.calendars import WEEKLY
from lakehouse_assets.declare import Contract, gold, reconciles
from lakehouse_assets.transforms import last_known

MONEY = T.DecimalType(14, 2)


class ProductPerformance(Contract):
    """Which products sell, where and to how many, week by week?"""

    week_start: T.DateType = Field(description="the Monday of the retailer's week")
    product_id: T.LongType = Field(gt=0, description="the product")
    department: T.StringType = Field(description="its department")
    product_category: T.StringType = Field(description="its category, UNCLASSIFIED where the master has none")
    brand: T.StringType = Field(isin=["National", "Private"], description="national brand or the store's own")
    stores: T.LongType = Field(ge=1, description="stores that sold it")
    baskets: T.LongType = Field(ge=1, description="receipts it was on")
    households: T.LongType = Field(ge=1, description="households that bought it")
    units: T.LongType = Field(ge=0, description="units sold")
    sales_value: MONEY = Field(ge=0, description="dollars received")
    discount: MONEY = Field(ge=0, description="dollars off, card and coupons together")

    class Config:
        """One row for each product and week."""

        unique = ["week_start", "product_id"]


MONEY_STAYS = reconciles("sales_value", "silver_transactions")


@gold(contract=ProductPerformance, partitions=WEEKLY, owners=["team:sales"], checks=[MONEY_STAYS])
def product_performance(silver_transactions: DataFrame, silver_products: DataFrame) -> DataFrame:
    """A week is summed from the days it touches; each line says itself to which week it belongs."""
    sales = silver_transactions.groupBy("week_start", "product_id").agg(
        F.count_distinct("store_id").alias("stores"),
        F.count_distinct("basket_id").alias("baskets"),
        F.count_distinct("household_id").alias("households"),
        F.sum("quantity").alias("units"),
        F.sum("sales_value").cast(MONEY).alias("sales_value"),
        F.sum(F.col("retail_disc") + F.col("coupon_disc") + F.col("coupon_match_disc")).cast(MONEY).alias("discount"),
    )
    category = F.coalesce("product_category", F.lit("UNCLASSIFIED")).alias("product_category")
    # A product that left the master still sold: what it was called last, or its sales would be missing.
    named = last_known(silver_products, ["product_id"]).select("product_id", "department", category, "brand")
    return sales.join(named, "product_id").select(*ProductPerformance.names())
