"""Two small tables, a bronze of delivered prices and a silver that rejects some: shared by tests of maintenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, Tolerance, bronze, csv, silver
from lakehouse_assets.declare.targets import target_of
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.publish.quarantine import quarantined
from lakehouse_assets_tests.landing import put

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

FIRST, SECOND, THIRD = DAYS = ("2017-01-01", "2017-01-02", "2017-01-03")


@bronze(csv("prices"), partitions=DAILY, gone="withdrawn")
class Prices(Contract):
    """The price lists of a day."""

    product: T.StringType = Field(nullable=True)
    price: T.StringType = Field(nullable=True)


class Price(Contract):
    """A price, which is never negative."""

    event_date: T.DateType = Field()
    product: T.StringType = Field()
    price: T.LongType = Field(coerce=True, ge=0)


@silver(contract=Price, partitions=DAILY, tolerance=Tolerance(share=1.0))
def prices(bronze_prices: DataFrame) -> DataFrame:
    """Prices as they were delivered."""
    return bronze_prices.select(*Price.names())


DECLARED = {Prices.id: Prices, prices.id: prices}


def deliver(lake: Settings, day: str, rows: str, name: str = "prices") -> None:
    put(lake, f"prices/{day}/{name}.csv", "product,price\n" + rows)


def run(lake: Settings, spark: SparkSession, tables: Iterable[Table] = (Prices, prices)) -> dict[str, list[str]]:
    """Make what is stale of these tables, and tell what that was."""
    made = {}
    for table in tables:
        made[table.id] = Lake(lake).stale(table)
        if made[table.id]:
            make(table, lake, lambda: spark, made[table.id])
    return made


def rows_of(table: Table, lake: Settings) -> list[tuple[str, str, str]]:
    found = DeltaTable(lake.table_url(table.layer, table.name)).to_pyarrow_table().to_pylist()
    return sorted((str(row["event_date"]), str(row["product"]), str(row["price"])) for row in found)


def rejected_of(table: Table, lake: Settings) -> list[tuple[str, str]]:
    target = target_of(table, lake)
    found = quarantined(target.url, target.quarantine_url).to_pylist()
    return sorted((row["_partition"], row["_raw"]) for row in found)


def everything(lake: Settings) -> object:
    """All rows of both tables, accepted and rejected."""
    return [(rows_of(t, lake), rejected_of(t, lake)) for t in (Prices, prices)]
