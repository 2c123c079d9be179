"""Frames of every kind, and their rows: shared by the tests that hand frames in and out of the lake."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame

from lakehouse_assets.publish.frames import as_arrow, schema_of
from lakehouse_assets.publish.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

KINDS = {
    "spark": DataFrame,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "arrow": pa.Table,
}


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """The rows of a frame of any kind, in order; None is None in each."""
    if isinstance(frame, DataFrame) or type(frame).__module__.startswith("pyspark"):
        rows = [row.asDict() for row in frame.collect()]
    elif isinstance(frame, pd.DataFrame):
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    else:
        rows = as_arrow(frame).to_pylist()
    return sorted(rows, key=str)


def plain(lake: Settings, frame: Any, column: str | None = "day") -> Target:
    return Target("plain/t", lake.table_url("plain", "t"), lake.quarantine_url("plain", "t"), schema_of(frame), column)


def made_as(kind: str, spark: SparkSession, table: pa.Table) -> Any:
    """An Arrow table as a frame of a kind."""
    make: dict[str, Callable[[], Any]] = {
        "spark": lambda: spark.createDataFrame(table),
        "pandas": table.to_pandas,
        "arrow": lambda: table,
        "polars": lambda: pl.from_arrow(table),
        "polars lazy": lambda: pl.DataFrame(table).lazy(),
    }
    return make[kind]()


EVERY_TYPE = pa.table(
    {
        "day": pa.array([dt.date(2017, 1, 2), dt.date(2017, 1, 2), dt.date(2017, 1, 3)], pa.date32()),
        "whole": pa.array([1, None, 2**60], pa.int64()),
        "small": pa.array([1, None, -5], pa.int32()),
        "real": pa.array([1.5, None, float("inf")], pa.float64()),
        "text": pa.array(['ä, "quoted"\n', None, ""], pa.string()),
        "yes": pa.array([True, None, False], pa.bool_()),
        "money": pa.array([Decimal("1.10"), None, Decimal("-12345678.99")], pa.decimal128(12, 2)),
        "at": pa.array(
            [dt.datetime(2017, 1, 2, 3, 4, 5, 123456, dt.UTC), None, dt.datetime(1969, 1, 1, tzinfo=dt.UTC)],
            pa.timestamp("us", "UTC"),
        ),
    }
)
