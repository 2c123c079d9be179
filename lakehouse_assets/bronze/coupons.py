"""Bronze coupons."""

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, bronze, csv


@bronze(csv("coupons"), owners=["team:marketing"])
class Coupons(Contract):
    """Which products a campaign's coupon can be redeemed for; everything as text."""

    coupon_upc: T.StringType = Field(nullable=True, description="the coupon")
    product_id: T.StringType = Field(nullable=True, description="a product it can be redeemed for")
    campaign_id: T.StringType = Field(nullable=True, description="the campaign that sent it")
