"""Silver coupons."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, references, silver


class Coupon(Contract):
    """A product that a campaign's coupon can be redeemed for."""

    coupon_upc: T.LongType = Field(coerce=True, gt=0, description="the coupon")
    # 16 coupons name a product that the master does not know: no line can ever match them.
    product_id: T.LongType = Field(
        coerce=True, metadata=references("silver_products", "product_id"), description="a product it is good for"
    )
    campaign_id: T.LongType = Field(coerce=True, gt=0, description="the campaign that sent it")

    class Config:
        """A coupon names a product once for each campaign."""

        unique = ["coupon_upc", "product_id", "campaign_id"]


@silver(contract=Coupon, owners=["team:marketing"])
def coupons(bronze_coupons: DataFrame) -> DataFrame:
    """The coupon list without its 4,872 repeated lines, each as it first appears."""
    return bronze_coupons.groupBy("coupon_upc", "product_id", "campaign_id").agg(
        F.min("_source_file").alias("_source_file"), F.min("_source_row").alias("_source_row")
    )
