"""Silver products."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import SOURCE, Contract, silver


class Product(Contract):
    """A product that the retailer sells or sold."""

    product_id: T.LongType = Field(gt=0, description="the product")
    manufacturer_id: T.LongType = Field(gt=0, description="who makes it")
    department: T.StringType = Field(description="the department that sells it")
    brand: T.StringType = Field(isin=["National", "Private"], description="national brand or the store's own")
    # 540 products have no category, most of them services and fuel: real, and reported as unclassified.
    product_category: T.StringType = Field(nullable=True, description="its category, if classified")
    product_type: T.StringType = Field(nullable=True, description="its type within the category, if classified")
    package_size: T.StringType = Field(nullable=True, description="size as printed, in no common unit")

    class Config:
        """The key of a product."""

        unique = ["product_id"]


@silver(contract=Product, owners=["team:sales"])
def products(bronze_products: DataFrame) -> DataFrame:
    """The product master; empty texts are unknown values."""
    text = ["department", "brand", "product_category", "product_type", "package_size"]
    trimmed = {name: F.nullif(F.trim(name), F.lit("")) for name in text}
    return bronze_products.withColumns(trimmed).select(*Product.names(), *SOURCE)
