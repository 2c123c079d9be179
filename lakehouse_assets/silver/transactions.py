"""Silver transactions."""

from pandera.pyspark import Field
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY, WEEKLY
from lakehouse_assets.declare import SOURCE, Contract, reconciles, references, rule, silver
from lakehouse_assets.transforms import latest

MONEY = T.DecimalType(12, 2)


class Transaction(Contract):
    """One product line of a basket. Lines that the contract does not bear are kept in quarantine."""

    event_date: T.DateType = Field(description="the day of the delivery")
    sold_at: T.TimestampType = Field(coerce=True, description="when; the source says no zone, kept as UTC")
    week: T.IntegerType = Field(coerce=True, in_range=(1, 53), description="the retailer's week")
    week_start: T.DateType = Field(description="the Monday of that week")
    basket_id: T.LongType = Field(coerce=True, gt=0, description="the receipt")
    household_id: T.LongType = Field(coerce=True, gt=0, description="who shopped; most answered no survey")
    store_id: T.LongType = Field(coerce=True, gt=0, description="the store")
    # Sales of a product that nobody can name would be missing from every report by product, unseen. They
    # wait in quarantine until the product master catches up. Any version of the product will do: one that
    # left the master was sold before.
    product_id: T.LongType = Field(
        coerce=True, metadata=references("silver_products", "product_id"), description="the product"
    )
    quantity: T.LongType = Field(coerce=True, ge=0, description="how many, or the weight for weighed goods")
    sales_value: MONEY = Field(coerce=True, ge=0, description="dollars the retailer received")
    retail_disc: MONEY = Field(coerce=True, ge=0, description="dollars off by the loyalty card")
    coupon_disc: MONEY = Field(coerce=True, ge=0, description="dollars off by a manufacturer's coupon")
    coupon_match_disc: MONEY = Field(coerce=True, ge=0, description="dollars off by the store matching it")

    @rule()
    def sold_on_its_day() -> Column:
        """A line of another day would be counted twice when that day is delivered again."""
        return F.to_date("sold_at") == F.col("event_date")

    @rule(warn=True)
    def quantity_is_counted() -> Column:
        """A line without quantity is a return, a void or a coupon's own line: its money is real, it stays."""
        return F.col("quantity") > 0

    class Config:
        """The key of a line."""

        unique = ["basket_id", "product_id"]


# A warning: where a line was delivered twice the newer one wins, so the sums differ, rightly, by the older one.
MONEY_STAYS = reconciles("sales_value", "bronze_transactions", warn=True)


@silver(contract=Transaction, partitions=DAILY, owners=["team:sales"], checks=[MONEY_STAYS])
def transactions(bronze_transactions: DataFrame) -> DataFrame:
    """Typed, de-duplicated transaction lines; the latest delivery of a line wins."""
    newest_first = [F.desc("_source_modified"), F.desc("_source_file"), F.desc("_source_row")]
    lines = latest(bronze_transactions, ["event_date", "basket_id", "product_id"], newest_first)
    monday = F.date_add(F.lit(WEEKLY.start), (F.col("week").try_cast("int") - 1) * 7)
    typed = lines.withColumn("week_start", monday).withColumnRenamed("transaction_timestamp", "sold_at")
    return typed.select(*Transaction.names(), *SOURCE)
