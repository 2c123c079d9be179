"""Silver redemptions."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from lakehouse_assets.declare import SOURCE, Contract, references, silver


class Redemption(Contract):
    """A coupon that a household handed in."""

    household_id: T.LongType = Field(coerce=True, gt=0, description="the household")
    coupon_upc: T.LongType = Field(
        coerce=True, metadata=references("silver_coupons", "coupon_upc"), description="the coupon"
    )
    campaign_id: T.LongType = Field(
        coerce=True, metadata=references("silver_campaigns", "campaign_id"), description="the campaign that sent it"
    )
    redeemed_on: T.DateType = Field(coerce=True, description="the day it was handed in")

    class Config:
        """A household hands a coupon in once a day."""

        unique = ["household_id", "coupon_upc", "campaign_id", "redeemed_on"]


@silver(contract=Redemption, owners=["team:marketing"])
def redemptions(bronze_redemptions: DataFrame) -> DataFrame:
    """Redeemed coupons, typed."""
    renamed = bronze_redemptions.withColumnRenamed("redemption_date", "redeemed_on")
    return renamed.select(*Redemption.names(), *SOURCE)
