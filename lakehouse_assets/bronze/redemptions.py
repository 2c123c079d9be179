"""Bronze redemptions."""

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, bronze, csv


@bronze(csv("redemptions"), owners=["team:marketing"])
class Redemptions(Contract):
    """Coupons that households handed in; everything as text."""

    household_id: T.StringType = Field(nullable=True, description="the household")
    coupon_upc: T.StringType = Field(nullable=True, description="the coupon")
    campaign_id: T.StringType = Field(nullable=True, description="the campaign that sent it")
    redemption_date: T.StringType = Field(nullable=True, description="the day it was handed in")
