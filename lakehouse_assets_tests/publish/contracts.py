"""Contracts put together at run time, and one with a rule of every kind: shared by the tests of compiling."""

from __future__ import annotations

from typing import Any

import pandera.pyspark as pa
from pandera.pyspark import DataFrameModel, DataFrameSchema, Field
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, references, rule
from lakehouse_assets.publish.compile import compile_contract
from lakehouse_assets.publish.rules import RuleSet


def rules_of(schema: DataFrameSchema) -> RuleSet:
    """Rules of a schema put together at run time."""

    class Built(DataFrameModel):
        @classmethod
        def to_schema(cls) -> DataFrameSchema:
            return schema

    return compile_contract(Built)


def column(kind: T.DataType, *checks: pa.Check, **options: Any) -> DataFrameSchema:
    """A schema of one column `c`."""
    return DataFrameSchema({"c": pa.Column(kind, checks=list(checks), **{"nullable": True, **options})})


class Everything(Contract):
    """A table with a rule of every kind."""

    id: T.LongType = Field(coerce=True, gt=0, description="its number")
    code: T.StringType = Field(coerce=True, isin=["b", "a"])
    amount: T.DecimalType(12, 2) = Field(nullable=True, ge=0, raise_warning=True)
    product: T.LongType = Field(nullable=True, metadata=references("silver_products", "product_id"))

    @rule()
    def small_ids_are_free() -> Column:
        """We give the first ones away."""
        return (F.col("id") > 10) | (F.col("amount") == 0)

    @rule(warn=True)
    def product_is_known() -> Column:
        """It may come later."""
        return F.col("product").isNotNull()

    class Config:
        """The key."""

        unique = ["id", "code"]
