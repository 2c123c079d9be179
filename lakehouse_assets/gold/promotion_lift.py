"""Gold promotion lift."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.calendars import WEEKLY
from lakehouse_assets.declare import Contract, gold
from lakehouse_assets.transforms import steady_sum

MONEY = T.DecimalType(14, 2)


class PromotionLift(Contract):
    """What do displays and mailers do to sales?"""

    week_start: T.DateType = Field(description="the Monday of the retailer's week")
    display_location: T.StringType = Field(description="code of the display, 0 for none")
    mailer_location: T.StringType = Field(description="code of the place in the mailer, 0 for none")
    placements: T.LongType = Field(ge=1, description="products so promoted in a store")
    placements_sold: T.LongType = Field(ge=0, description="of these, how many sold at all")
    lines: T.LongType = Field(ge=0, description="receipt lines of these products in these stores")
    sales_value: MONEY = Field(ge=0, description="dollars received for them")
    expected_lines: T.DoubleType = Field(ge=0, description="lines, had they sold as where not promoted")
    # Without sales elsewhere in that week there is nothing to compare with.
    lift: T.DoubleType = Field(nullable=True, ge=0, description="lines over expected lines; 1 is no effect")

    class Config:
        """One row for each way of promoting and week."""

        unique = ["week_start", "display_location", "mailer_location"]


@gold(contract=PromotionLift, partitions=WEEKLY, owners=["team:marketing"])
def promotion_lift(silver_transactions: DataFrame, silver_promotions: DataFrame) -> DataFrame:
    """Receipt lines of a promoted product in a store, against the stores that did not promote it that week.

    Compared are stores that promote at all, the others are small, and products that a tenth of them left
    unpromoted. Lines are counted, not units: those of weighed goods are grams and would drown the rest.
    """
    week, product, store = "week_start", "product_id", "store_id"
    way = ["display_location", "mailer_location"]
    stores = silver_promotions.groupBy(week, store).agg(F.count(F.lit(1)).alias("promoted_there"))
    sold = silver_transactions.groupBy(week, product, store).agg(
        F.count(F.lit(1)).alias("lines"), F.sum("sales_value").alias("value")
    )
    # Placements are counted without a join: most of the twenty million never sold, and need not meet a line.
    placed = silver_promotions.groupBy(week, product, *way).agg(F.count(F.lit(1)).alias("placements"))
    promoted = (
        sold.join(silver_promotions, [week, product, store])
        .groupBy(week, product, *way)
        .agg(F.count(F.lit(1)).alias("placements_sold"), F.sum("lines").alias("lines"), F.sum("value").alias("value"))
    )
    ways = promoted.join(placed, [week, product, *way], "right").fillna(0, ["placements_sold", "lines", "value"])
    everywhere = (
        sold.join(stores, [week, store], "left_semi").groupBy(week, product).agg(F.sum("lines").alias("all_lines"))
    )
    promoting = stores.groupBy(week).agg(F.count(F.lit(1)).alias("stores"))
    of_product = Window.partitionBy(week, product)
    others = F.col("stores") - F.sum("placements").over(of_product)
    other_lines = F.coalesce("all_lines", F.lit(0)) - F.sum("lines").over(of_product)
    compared = (
        everywhere.join(ways, [week, product], "right")
        .join(promoting, week)
        .withColumn("baseline", F.when(others * 10 >= F.col("stores"), other_lines / others))
    )
    summed = compared.groupBy(week, *way).agg(
        *(F.sum(name).alias(name) for name in ("placements", "placements_sold", "lines", "value")),
        F.coalesce(steady_sum(F.col("placements") * F.col("baseline")), F.lit(0.0)).alias("expected_lines"),
        F.sum(F.when(F.col("baseline").isNotNull(), F.col("lines"))).alias("comparable_lines"),
    )
    lift = F.when(F.col("expected_lines") > 0, F.col("comparable_lines") / F.col("expected_lines"))
    valued = summed.withColumns({"sales_value": F.col("value").cast(MONEY), "lift": lift})
    return valued.select(*PromotionLift.names())
