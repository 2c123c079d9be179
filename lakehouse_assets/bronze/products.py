"""Bronze products."""

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, bronze, parquet


@bronze(parquet("products"), owners=["team:sales"])
class Products(Contract):
    """The product master, one Parquet file."""

    product_id: T.LongType = Field(nullable=True, description="the product")
    manufacturer_id: T.LongType = Field(nullable=True, description="who makes it")
    department: T.StringType = Field(nullable=True, description="the department that sells it")
    brand: T.StringType = Field(nullable=True, description="National or Private")
    product_category: T.StringType = Field(nullable=True, description="its category")
    product_type: T.StringType = Field(nullable=True, description="its type within the category")
    package_size: T.StringType = Field(nullable=True, description="size as printed, in no common unit")
