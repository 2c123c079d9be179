"""Silver promotions."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from lakehouse_assets.calendars import WEEKLY
from lakehouse_assets.declare import Contract, silver
from lakehouse_assets.transforms import highest_code


class Promotion(Contract):
    """How a store promoted a product in a week."""

    week_start: T.DateType = Field(description="the Monday of the retailer's week")
    product_id: T.LongType = Field(gt=0, description="the promoted product")
    store_id: T.LongType = Field(gt=0, description="the store that promoted it")
    display_location: T.StringType = Field(isin=[*"0123456789A"], description="code of the display, 0 for none")
    mailer_location: T.StringType = Field(isin=[*"0ACDFHJLPXZ"], description="code in the mailer, 0 for none")

    class Config:
        """One row for each product, store and week."""

        unique = ["week_start", "product_id", "store_id"]


@silver(contract=Promotion, partitions=WEEKLY, owners=["team:marketing"])
def promotions(bronze_promotions: DataFrame) -> DataFrame:
    """Where a product stood in two places at once, the higher code of each kind; "0", for none, is the lowest."""
    return bronze_promotions.groupBy("week_start", "product_id", "store_id").agg(
        highest_code("display_location"), highest_code("mailer_location")
    )
