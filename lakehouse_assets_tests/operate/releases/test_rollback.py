"""A rollback is rehearsed: a bad release corrupts gold, and the rows of the good one come back, table by table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets import catalog
from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, gold
from lakehouse_assets.errors import ConflictError, OtherEnvironmentError, ReleaseError
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.releases.record import record
from lakehouse_assets.operate.releases.rollback import plan, roll_back
from lakehouse_assets.publish.claim import require_claim
from lakehouse_assets.replaying import Reason, ReasonError
from lakehouse_assets_tests.maintaining.prices import DAYS, DECLARED, Prices, deliver, prices, run
from lakehouse_assets_tests.maintaining.vacuumed import vacuum

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

WHY = Reason("ann", "the release corrupts gold")
FIRST, SECOND, THIRD = DAYS


class Spent(Contract):
    """What everything costs on a day."""

    event_date: T.DateType = Field()
    price: T.LongType = Field(ge=0)


@gold(contract=Spent, partitions=DAILY)
def spent(silver_prices: DataFrame) -> DataFrame:
    """Sums of the day."""
    return silver_prices.groupBy("event_date").agg(F.sum("price").alias("price"))


def _doubled(silver_prices: DataFrame) -> DataFrame:
    return silver_prices.groupBy("event_date").agg((F.sum("price") * 2).alias("price"))


BAD = replace(spent, function=_doubled)


def deploy(monkeypatch: pytest.MonkeyPatch, table: Table) -> None:
    """The code location now has this gold table."""
    monkeypatch.setattr(catalog, "tables", lambda: {**DECLARED, table.id: table})


def rows(lake: Settings) -> list[tuple[str, int]]:
    found = DeltaTable(lake.table_url("gold", "spent")).to_pyarrow_table().to_pylist()
    return sorted((str(row["event_date"]), row["price"]) for row in found)


@pytest.fixture
def released(lake: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two days, released as v1; then the bad code is deployed, a third day comes, and gold is corrupted."""
    deploy(monkeypatch, spent)
    deliver(lake, FIRST, "tea,3\nrum,-1\n")
    deliver(lake, SECOND, "tea,4\n")
    run(lake, spark, (Prices, prices, spent))
    record("v1", "0.1.0+gabc", lake)
    deploy(monkeypatch, BAD)
    deliver(lake, THIRD, "tea,5\n")
    run(lake, spark, (Prices, prices, BAD))
    assert rows(lake) == [(FIRST, 6), (SECOND, 8), (THIRD, 10)], "the bad release did corrupt gold"
    return lake


def test_the_rows_of_the_release_come_back_and_the_code_that_belongs_to_them_is_named(
    released: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(monkeypatch, spent)
    planned = plan("v1", released)
    assert [(t.target.id, t.rows_now, t.rows_then) for t in planned.due] == [
        ("bronze/prices", 4, 3),
        ("silver/prices", 3, 2),
        ("gold/spent", 3, 2),
    ]
    assert planned.release.code_version == "0.1.0+gabc"
    done = roll_back(planned, released, WHY)
    assert list(done) == ["bronze/prices", "silver/prices", "gold/spent"]
    assert rows(released) == [(FIRST, 3), (SECOND, 4)]
    assert plan("v1", released).due == ()


def test_with_the_good_code_only_what_came_since_the_release_is_made_again(
    released: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(monkeypatch, spent)
    roll_back(plan("v1", released), released, WHY)
    made = run(released, spark, (Prices, prices, spent))
    assert made == {"bronze/prices": [THIRD], "silver/prices": [THIRD], "gold/spent": [THIRD]}
    assert rows(released) == [(FIRST, 3), (SECOND, 4), (THIRD, 5)]


def test_a_preview_writes_nothing_and_a_rollback_needs_a_reason(released: Settings) -> None:
    before = rows(released)
    planned = plan("v1", released)
    with pytest.raises(ReasonError):
        roll_back(planned, released, Reason("ann", " "))
    assert rows(released) == before


def test_where_a_vacuum_has_made_one_table_impossible_none_goes_back(released: Settings) -> None:
    assert vacuum(released.table_url("gold", "spent")) == 2
    planned = plan("v1", released)
    assert "a vacuum has deleted 2 of its files" in planned.refused["gold/spent"]
    versions = {t.id: Lake(released).version(t) for t in catalog.tables().values()}
    with pytest.raises(ReleaseError, match="1 tables cannot go back, so none does"):
        roll_back(planned, released, WHY)
    assert {t.id: Lake(released).version(t) for t in catalog.tables().values()} == versions


def test_a_table_that_changed_since_the_preview_stops_it_and_asked_again_it_does_the_rest(
    released: Settings, spark: SparkSession
) -> None:
    planned = plan("v1", released)
    deliver(released, FIRST, "tea,9\n")
    run(released, spark, (BAD,))  # nothing is due of it
    run(released, spark, (Prices, prices))
    with pytest.raises(ConflictError, match="0 tables went back before it"):
        roll_back(planned, released, WHY)
    roll_back(plan("v1", released), released, WHY)
    assert rows(released) == [(FIRST, 3), (SECOND, 4)]


def test_a_table_that_the_release_does_not_know_stays_and_one_that_the_code_does_not_refuses(
    released: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Path(released.root, "_releases/v1.json")
    said = json.loads(manifest.read_text())
    del said["tables"]["bronze/prices"]
    manifest.write_text(json.dumps(said))
    assert plan("v1", released).younger == ("bronze/prices",)
    monkeypatch.setattr(catalog, "tables", lambda: DECLARED)
    assert plan("v1", released).refused == {"gold/spent": "the code that runs here does not declare it"}


def test_a_lake_of_production_is_not_rolled_back_by_anybody_else(released: Settings) -> None:
    require_claim(replace(released, environment="production"))
    with pytest.raises(OtherEnvironmentError):
        roll_back(plan("v1", released), released, WHY)
