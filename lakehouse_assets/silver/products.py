"""Silver products."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import MADE_BY_HISTORY, SOURCE, Contract, history, silver


class Product(Contract):
    """A product that the retailer sells or sold, as the master described it for a time."""

    product_id: T.LongType = Field(gt=0, description="the product")
    manufacturer_id: T.LongType = Field(gt=0, description="who makes it")
    department: T.StringType = Field(description="the department that sells it")
    brand: T.StringType = Field(isin=["National", "Private"], description="national brand or the store's own")
    # 540 products have no category, most of them services and fuel: real, and reported as unclassified.
    product_category: T.StringType = Field(nullable=True, description="its category, if classified")
    product_type: T.StringType = Field(nullable=True, description="its type within the category, if classified")
    package_size: T.StringType = Field(nullable=True, description="size as printed, in no common unit")
    valid_from: T.TimestampType = Field(description="when the master first described it so")
    valid_to: T.TimestampType = Field(nullable=True, description="when it no longer did; empty if it still does")
    is_current: T.BooleanType = Field(description="whether the latest master describes it so")

    class Config:
        """A product is described in one way at a time."""

        unique = ["product_id", "valid_from"]


@silver(contract=Product, owners=["team:sales"], write=history(complete=True))
def products(bronze_products: DataFrame) -> DataFrame:
    """The product master, each delivery of which lists every product; empty texts are unknown values."""
    text = ["department", "brand", "product_category", "product_type", "package_size"]
    trimmed = {name: F.nullif(F.trim(name), F.lit("")) for name in text}
    seen = bronze_products.withColumns(trimmed).withColumnRenamed("_source_modified", "valid_from")
    return seen.select(*Product.names(but=MADE_BY_HISTORY), *SOURCE)
