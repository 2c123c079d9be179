"""Gold campaign response."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, gold, rule

MONEY = T.DecimalType(14, 2)


class CampaignResponse(Contract):
    """Whom did a campaign reach, who redeemed, and did the reached spend more?"""

    campaign_id: T.LongType = Field(gt=0, description="the campaign")
    campaign_type: T.StringType = Field(isin=["Type A", "Type B", "Type C"], description="A is tailored")
    start_date: T.DateType = Field(description="its first day")
    end_date: T.DateType = Field(description="its last day")
    days: T.IntegerType = Field(ge=1, description="how long it ran")
    reached: T.LongType = Field(ge=1, description="households that received it")
    redeemed: T.LongType = Field(ge=0, description="of these, how many handed in a coupon of it")
    redemptions: T.LongType = Field(ge=0, description="coupons handed in")
    spend_before: MONEY = Field(ge=0, description="dollars of the reached in as many days right before it")
    spend_during: MONEY = Field(ge=0, description="dollars of the reached while it ran")

    @rule()
    def redeemers_were_reached() -> F.Column:
        """A coupon reaches only those whom its campaign reached."""
        return F.col("redeemed") <= F.col("reached")

    class Config:
        """One row for each campaign."""

        unique = ["campaign_id"]


@gold(contract=CampaignResponse, owners=["team:marketing"])
def campaign_response(
    silver_campaigns: DataFrame, silver_redemptions: DataFrame, silver_transactions: DataFrame
) -> DataFrame:
    """Spend of the reached households in two windows of equal length, before and during.

    Campaigns that began as the data begins have no time before to compare with: their spend before is
    what little there is of it.
    """
    about = ["campaign_id", "campaign_type", "start_date", "end_date"]
    reached = silver_campaigns.groupBy(about).agg(F.count_distinct("household_id").alias("reached"))
    redeemed = silver_redemptions.groupBy("campaign_id").agg(
        F.count_distinct("household_id").alias("redeemed"), F.count(F.lit(1)).alias("redemptions")
    )
    daily = silver_transactions.groupBy("household_id", "event_date").agg(F.sum("sales_value").alias("spent"))
    day, start, end = F.col("event_date"), F.col("start_date"), F.col("end_date")
    days = (F.datediff("end_date", "start_date") + 1).cast("int")
    during = day.between(start, end)
    before = (day < start) & (day >= F.date_sub(start, days))
    spend = (
        silver_campaigns.join(daily, "household_id")
        .groupBy("campaign_id")
        .agg(
            F.coalesce(F.sum(F.when(before, F.col("spent"))), F.lit(0)).cast(MONEY).alias("spend_before"),
            F.coalesce(F.sum(F.when(during, F.col("spent"))), F.lit(0)).cast(MONEY).alias("spend_during"),
        )
    )
    joined = reached.withColumn("days", days).join(redeemed, "campaign_id", "left").join(spend, "campaign_id", "left")
    none = ["redeemed", "redemptions", "spend_before", "spend_during"]
    return joined.fillna(0, subset=none).select(*CampaignResponse.names())
