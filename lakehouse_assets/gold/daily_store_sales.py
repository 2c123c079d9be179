"""Gold daily store sales."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, gold, reconciles

MONEY = T.DecimalType(14, 2)


class DailyStoreSales(Contract):
    """What did each store sell on each day, to how many, and what did it give away?"""

    event_date: T.DateType = Field(description="the day")
    store_id: T.LongType = Field(gt=0, description="the store")
    baskets: T.LongType = Field(ge=1, description="receipts")
    households: T.LongType = Field(ge=1, description="households that shopped")
    lines: T.LongType = Field(ge=1, description="product lines on those receipts")
    units: T.LongType = Field(ge=0, description="units sold, weighed goods by weight")
    sales_value: MONEY = Field(ge=0, description="dollars received")
    retail_disc: MONEY = Field(ge=0, description="dollars off by the loyalty card")
    coupon_disc: MONEY = Field(ge=0, description="dollars off by coupons, the store's match included")

    class Config:
        """One row for each store and day."""

        unique = ["event_date", "store_id"]


MONEY_STAYS = reconciles("sales_value", "silver_transactions")


@gold(contract=DailyStoreSales, partitions=DAILY, owners=["team:sales"], checks=[MONEY_STAYS])
def daily_store_sales(silver_transactions: DataFrame) -> DataFrame:
    """Sums and distinct counts over the accepted transaction lines of the day."""
    return silver_transactions.groupBy("event_date", "store_id").agg(
        F.count_distinct("basket_id").alias("baskets"),
        F.count_distinct("household_id").alias("households"),
        F.count(F.lit(1)).alias("lines"),
        F.sum("quantity").alias("units"),
        F.sum("sales_value").cast(MONEY).alias("sales_value"),
        F.sum("retail_disc").cast(MONEY).alias("retail_disc"),
        F.sum(F.col("coupon_disc") + F.col("coupon_match_disc")).cast(MONEY).alias("coupon_disc"),
    )
