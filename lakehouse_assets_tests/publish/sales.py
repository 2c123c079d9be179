"""A small contract, frames of it, and what the lake holds of it: shared by the tests of publishing."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract
from lakehouse_assets.publish.compile import compile_contract, contract_schema
from lakehouse_assets.publish.judge import Judged, judge
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.publication import Publication, publish
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.publish.transactions import current_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

Row = tuple[Any, ...]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = DAYS = ("2017-01-02", "2017-01-03", "2017-01-04", "2017-01-05")
THREE_DAYS = (MONDAY, TUESDAY, WEDNESDAY)
FIRST = [(MONDAY, 1, "a"), (MONDAY, 2, "b"), (TUESDAY, 1, "c"), (WEDNESDAY, 1, "d"), (WEDNESDAY, 3, None)]


class Sale(Contract):
    """What was sold on a day; a negative number is no number."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, gt=0)
    item: T.StringType = Field(nullable=True)

    class Config:
        """The key."""

        unique = ["day", "id"]


def target(lake: Settings, *, contract: type[Contract] = Sale, column: str | None = "day", **options: Any) -> Target:
    """The table `silver/sales` of a contract, cut by `column`."""
    return Target(
        id="silver/sales",
        url=lake.table_url("silver", "sales"),
        quarantine_url=lake.quarantine_url("silver", "sales"),
        schema=contract_schema(contract),
        column=column,
        rules=compile_contract(contract),
        **options,
    )


def sales(spark: SparkSession, rows: Iterable[Row]) -> Any:
    """A frame of (day, id, item), the id still text."""
    typed = [
        (dt.date.fromisoformat(day) if day else None, None if i is None else str(i), item) for day, i, item in rows
    ]
    return spark.createDataFrame(typed, "day date, id string, item string")


def judge_sales(spark: SparkSession, to: Target, rows: Iterable[Row], keys: tuple[str, ...] | None) -> Judged:
    return judge(sales(spark, rows), to, Range.whole() if keys is None else Range("day", keys))


def publish_sales(
    spark: SparkSession, to: Target, rows: Iterable[Row], keys: tuple[str, ...] | None, run_id: str = "run"
) -> Publication:
    return publish(judge_sales(spark, to, rows, keys), Origin(run_id))


def stored(url: str) -> list[Row]:
    """Every (day, id, item) of a table, in order."""
    table = pa.RecordBatchReader.from_stream(DeltaTable(url).scan(columns=["day", "id", "item"])).read_all()
    return sorted(((str(r["day"]), r["id"], r["item"]) for r in table.to_pylist()), key=str)


def quarantined(to: Target) -> list[tuple[str, int | None, str]]:
    """(day, id, rules broken) of the quarantined rows that belong to a table, in order; an id that is none is None."""
    at = current_version(to.url)
    rows = current(to.quarantine_url, Marks.of(to.url, at if at >= 0 else None)).to_pylist()
    came = [(json.loads(row["_raw"]), " ".join(row["_failed"])) for row in rows]
    numbers = [(r.get("day"), r.get("id"), failed) for r, failed in came]
    return sorted(
        ((str(day), int(i) if i and i.lstrip("-").isdigit() else None, failed) for day, i, failed in numbers), key=str
    )


def version(url: str) -> int | None:
    return DeltaTable(url).version() if DeltaTable.is_deltatable(url) else None


def files_on_disk(url: str) -> set[str]:
    """The Parquet files below a table's root, committed or not, without the log's own."""
    return {str(p.relative_to(url)) for p in Path(url).rglob("*.parquet") if "_delta_log" not in p.parts}


def files_of(url: str) -> set[str]:
    """The files that the current version names."""
    return set(DeltaTable(url).get_add_actions(flatten=True).column("path").to_pylist())
