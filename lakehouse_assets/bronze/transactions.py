"""Bronze transactions."""

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, bronze, csv, volume


@bronze(csv("transactions"), partitions=DAILY, owners=["team:sales"], checks=[volume()])
class Transactions(Contract):
    """Till receipts, one CSV a day, a line for each product of a basket; everything as text."""

    household_id: T.StringType = Field(nullable=True, description="the household that shopped")
    store_id: T.StringType = Field(nullable=True, description="the store")
    basket_id: T.StringType = Field(nullable=True, description="the receipt")
    product_id: T.StringType = Field(nullable=True, description="the product on this line")
    quantity: T.StringType = Field(nullable=True, description="how many, or the weight for weighed goods")
    sales_value: T.StringType = Field(nullable=True, description="dollars the retailer received for the line")
    retail_disc: T.StringType = Field(nullable=True, description="dollars off by the loyalty card")
    coupon_disc: T.StringType = Field(nullable=True, description="dollars off by a manufacturer's coupon")
    coupon_match_disc: T.StringType = Field(nullable=True, description="dollars off by the store matching it")
    week: T.StringType = Field(nullable=True, description="the retailer's week, 1 to 53")
    transaction_timestamp: T.StringType = Field(nullable=True, description="when, without a zone")
