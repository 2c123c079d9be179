"""Frames for tests of tables: given rows as dictionaries, everything left out is a plain default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql.pandas.types import to_arrow_schema

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType


def frame(spark: SparkSession, schema: StructType, rows: list[dict[str, Any]], **defaults: Any) -> DataFrame:
    """A frame of `schema`; what a row does not say is `defaults`, and NULL beyond."""
    full = [{field.name: row.get(field.name, defaults.get(field.name)) for field in schema.fields} for row in rows]
    return spark.createDataFrame(pa.Table.from_pylist(full, to_arrow_schema(schema, timezone="UTC")), schema)


def rows(result: DataFrame, *columns: str) -> list[dict[str, Any]]:
    """The rows of a frame, of these columns, in an order of their own."""
    chosen = result.select(*columns) if columns else result
    return sorted((row.asDict() for row in chosen.collect()), key=lambda row: str(sorted(row.items())))
