"""Bronze campaigns."""

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, bronze, csv


@bronze(csv("campaigns"), owners=["team:marketing"])
class Campaigns(Contract):
    """Which household received which campaign; everything as text."""

    campaign_id: T.StringType = Field(nullable=True, description="the campaign")
    household_id: T.StringType = Field(nullable=True, description="a household that received it")
