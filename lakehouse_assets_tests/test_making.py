"""Making partitions without an orchestrator: what is written once stays, and what is read is one version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from lakehouse_assets import catalog
from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, append_once, bronze, csv, silver
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

FIRST, SECOND = "2017-01-01", "2017-01-02"


@bronze(csv("prices"), partitions=DAILY)
class Prices(Contract):
    """The price list of a day."""

    product: T.StringType = Field(nullable=True)
    price: T.StringType = Field(nullable=True)


class Price(Contract):
    """A price as it was first told."""

    event_date: T.DateType = Field()
    product: T.StringType = Field()
    price: T.LongType = Field(coerce=True)


@silver(contract=Price, partitions=DAILY, write=append_once())
def prices(bronze_prices: DataFrame) -> DataFrame:
    """Prices, kept as they were first published."""
    return bronze_prices.select(*Price.names())


@pytest.fixture
def priced(lake: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake of these two tables, with a day of prices in both."""
    declared = {Prices.id: Prices, prices.id: prices}
    monkeypatch.setattr(catalog, "tables", lambda: declared)
    deliver(lake, FIRST, "tea,3\n")
    make(Prices, lake, lambda: spark, [FIRST])
    make(prices, lake, lambda: spark, [FIRST])
    return lake


def deliver(lake: Settings, day: str, rows: str) -> None:
    path = Path(lake.landing, "prices", day, "prices.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("product,price\n" + rows)


def told(lake: Settings) -> list[tuple[str, str, int]]:
    rows = DeltaTable(f"{lake.root}/silver/prices").to_pyarrow_table().to_pylist()
    return sorted((str(row["event_date"]), row["product"], row["price"]) for row in rows)


def test_a_partition_that_is_written_once_is_never_written_again(priced: Settings, spark: SparkSession) -> None:
    deliver(priced, FIRST, "tea,4\n")
    make(Prices, priced, lambda: spark, [FIRST])
    assert Lake(priced).stale(prices) == []
    for force in (False, True):
        prepared, published = make(prices, priced, lambda: spark, [FIRST], force=force)
        assert published is None
        assert prepared.report.tallies[FIRST].accepted == 1
    assert told(priced) == [(FIRST, "tea", 3)]


def test_of_a_range_only_the_partitions_that_were_never_written_are(priced: Settings, spark: SparkSession) -> None:
    deliver(priced, FIRST, "tea,4\n")
    deliver(priced, SECOND, "tea,5\n")
    make(Prices, priced, lambda: spark, [FIRST, SECOND])
    assert Lake(priced).stale(prices) == [SECOND]
    make(prices, priced, lambda: spark, [FIRST, SECOND])
    assert told(priced) == [(FIRST, "tea", 3), (SECOND, "tea", 5)]
    assert Lake(priced).stale(prices) == []


def test_what_is_read_is_the_version_that_the_commit_names_however_late_it_is_computed(
    priced: Settings, spark: SparkSession
) -> None:
    from lakehouse_assets.declare.targets import range_of
    from lakehouse_assets.making import prepare
    from lakehouse_assets.publish.publication import publish
    from lakehouse_assets.reading import load_inputs

    deliver(priced, SECOND, "tea,5\n")
    make(Prices, priced, lambda: spark, [SECOND])
    range_ = range_of(prices, [SECOND])
    frames = load_inputs(prices, prices.inputs, range_, priced, lambda: spark)
    deliver(priced, SECOND, "tea,6\n")
    make(Prices, priced, lambda: spark, [SECOND])
    prepared = prepare(prices, priced, range_, frames, "run")
    assert prepared.origin.inputs == {"bronze/prices": 1}
    assert prepared.judged is not None
    publish(prepared.judged, prepared.origin)
    assert told(priced)[-1] == (SECOND, "tea", 5)


def test_a_file_that_is_gone_is_reported(priced: Settings, spark: SparkSession) -> None:
    Path(priced.landing, "prices", FIRST, "prices.csv").unlink()
    deliver(priced, SECOND, "tea,5\n")
    prepared, published = make(Prices, priced, lambda: spark, [FIRST, SECOND])
    assert published is not None
    assert prepared.gone == (f"prices/{FIRST}/prices.csv",)
