"""Gold household value."""

from pandera.pyspark import Field
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, gold

MONEY = T.DecimalType(14, 2)
SEGMENTS = ["champion", "loyal", "promising", "at risk", "lapsed"]


class HouseholdValue(Contract):
    """How much is each household worth, how often and how lately does it shop, and who is it?"""

    household_id: T.LongType = Field(gt=0, description="the household")
    first_purchase: T.DateType = Field(description="the first day it shopped")
    last_purchase: T.DateType = Field(description="the last day it shopped")
    recency_days: T.IntegerType = Field(ge=0, description="days from its last purchase to the last day of the data")
    frequency: T.LongType = Field(ge=1, description="receipts")
    value: MONEY = Field(ge=0, description="dollars received from it")
    recency_score: T.IntegerType = Field(in_range=(1, 5), description="fifth of households, 5 the most recent")
    frequency_score: T.IntegerType = Field(in_range=(1, 5), description="fifth of households, 5 the most frequent")
    value_score: T.IntegerType = Field(in_range=(1, 5), description="fifth of households, 5 the most valuable")
    segment: T.StringType = Field(isin=SEGMENTS, description="what the scores say in one word")
    # Demographics are known only of those that answered the survey.
    age: T.StringType = Field(nullable=True, description="its head's age, if known")
    income: T.StringType = Field(nullable=True, description="income bracket, if known")
    household_comp: T.StringType = Field(nullable=True, description="adults and kids, if known")

    class Config:
        """One row for each household that ever shopped."""

        unique = ["household_id"]


@gold(contract=HouseholdValue, owners=["team:marketing"], retention="personal")
def household_value(silver_transactions: DataFrame, silver_households: DataFrame) -> DataFrame:
    """Recency, frequency and value, each scored by fifths; ties go by household number, so runs agree."""
    until = silver_transactions.agg(F.max("event_date").alias("until"))
    shopped = silver_transactions.groupBy("household_id").agg(
        F.min("event_date").alias("first_purchase"),
        F.max("event_date").alias("last_purchase"),
        F.count_distinct("basket_id").alias("frequency"),
        F.sum("sales_value").cast(MONEY).alias("value"),
    )
    scored = (
        shopped.crossJoin(until)
        .withColumn("recency_days", F.datediff("until", "last_purchase").cast("int"))
        .withColumn("recency_score", _fifth(F.desc("recency_days")))
        .withColumn("frequency_score", _fifth(F.asc("frequency")))
        .withColumn("value_score", _fifth(F.asc("value")))
    )
    recent, worth = F.col("recency_score"), F.col("frequency_score") + F.col("value_score")
    segment = (
        F.when((recent >= 4) & (worth >= 8), "champion")
        .when((recent >= 3) & (worth >= 6), "loyal")
        .when(recent >= 4, "promising")
        .when(worth >= 6, "at risk")
        .otherwise("lapsed")
    )
    answers = silver_households.where("is_current").select("household_id", "age", "income", "household_comp")
    with_segment = scored.withColumn("segment", segment)
    return with_segment.join(answers, "household_id", "left").select(*HouseholdValue.names())


def _fifth(order: Column) -> Column:
    everybody = Window.partitionBy(F.lit(1))  # all are ranked against all, and that is meant
    return F.ntile(5).over(everybody.orderBy(order, F.asc("household_id"))).cast("int")
