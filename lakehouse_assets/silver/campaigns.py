"""Silver campaigns."""

from pandera.pyspark import Field
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import SOURCE, Contract, rule, silver


class Campaign(Contract):
    """A campaign as one household received it, with its description."""

    campaign_id: T.LongType = Field(coerce=True, gt=0, description="the campaign")
    household_id: T.LongType = Field(coerce=True, gt=0, description="a household that received it")
    campaign_type: T.StringType = Field(isin=["Type A", "Type B", "Type C"], description="A is tailored to a household")
    start_date: T.DateType = Field(coerce=True, description="its first day")
    end_date: T.DateType = Field(coerce=True, description="its last day")

    @rule()
    def ends_after_it_starts() -> Column:
        """Spend before and during a campaign cannot be told apart without its dates."""
        return F.col("end_date") >= F.col("start_date")

    class Config:
        """A household receives a campaign once."""

        unique = ["campaign_id", "household_id"]


@silver(contract=Campaign, owners=["team:marketing"])
def campaigns(bronze_campaigns: DataFrame, bronze_campaign_descriptions: DataFrame) -> DataFrame:
    """Each reached household with the campaign's description; one without description is rejected."""
    described = bronze_campaign_descriptions.select("campaign_id", "campaign_type", "start_date", "end_date")
    return bronze_campaigns.join(described, "campaign_id", "left").select(*Campaign.names(), *SOURCE)
