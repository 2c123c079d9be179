"""Bronze promotions."""

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import WEEKLY
from lakehouse_assets.declare import Contract, bronze, parquet


@bronze(parquet("promotions"), partitions=WEEKLY, owners=["team:marketing"])
class Promotions(Contract):
    """Where each promoted product stood and in which mailer it was, one Parquet file a week."""

    product_id: T.LongType = Field(nullable=True, description="the promoted product")
    store_id: T.LongType = Field(nullable=True, description="the store that promoted it")
    display_location: T.StringType = Field(nullable=True, description="code of the display, 0 for none")
    mailer_location: T.StringType = Field(nullable=True, description="code of the place in the mailer, 0 for none")
    week: T.LongType = Field(nullable=True, description="the retailer's week, 1 to 53")
