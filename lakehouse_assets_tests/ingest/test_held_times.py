"""A file that is read again is as old as when it first came, if it says the same; so old news stays old."""

from __future__ import annotations

import dataclasses
import os
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.declare import Contract, bronze, csv
from lakehouse_assets.making import make
from lakehouse_assets_tests.ingest.visits import DAY, Visits, deliver, no_engine, publish_days, rows

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings
    from resources.engines.embedded import EmbeddedEngine

HOUR = 3600


@bronze(csv("visits"), partitions=DAILY)
class Otherwise(Contract):
    """Visits, declared in other words."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True, description="the visitor")


def times(lake: Settings) -> dict[str, datetime]:
    return {row["_source_file"].rsplit("/")[-1]: row["_source_modified"] for row in rows(lake)}


def aged(path: Path, hours: int) -> None:
    then = time.time() - hours * HOUR
    os.utime(path, (then, then))


@pytest.fixture
def loaded(lake: Settings) -> tuple[Settings, dict[str, datetime], Path]:
    """An old file and a newer one were loaded; then the old one is sent again."""
    old = deliver(lake, DAY, "a.csv", "store,who\n1,ann\n1,bob\n")
    aged(old, 5)
    aged(deliver(lake, DAY, "b.csv", "store,who\n1,cid\n"), 3)
    publish_days(lake, DAY)
    before = times(lake)
    aged(old, 1)
    return lake, before, old


def test_a_load_that_is_forced_makes_no_file_younger(loaded: tuple[Settings, dict[str, datetime], Path]) -> None:
    lake, before, _ = loaded
    assert make(Visits, lake, no_engine, (DAY,), force=True)[1] is not None
    assert times(lake) == before


def test_nor_does_another_declaration_or_compaction(loaded: tuple[Settings, dict[str, datetime], Path]) -> None:
    lake, before, _ = loaded
    DeltaTable(f"{lake.root}/bronze/visits").optimize.compact()

    assert publish_days(lake, DAY, table=dataclasses.replace(Otherwise, name=Visits.name)) is not None
    assert times(lake) == before


def test_what_says_something_else_is_as_young_as_its_file(loaded: tuple[Settings, dict[str, datetime], Path]) -> None:
    lake, before, old = loaded
    old.write_text("store,who\n1,eve\n")
    make(Visits, lake, no_engine, (DAY,), force=True)
    after = times(lake)
    assert after["a.csv"] > before["a.csv"]
    assert after["b.csv"] == before["b.csv"]


def test_an_old_master_that_is_sent_again_and_forced_is_not_current_again(
    lake: Settings, engine: EmbeddedEngine
) -> None:
    bronze_, silver = find_table("bronze/products"), find_table("silver/products")

    def master(name: str, department: str, hours: int) -> Path:
        plain = {"manufacturer_id": 1, "brand": "National", "product_category": "C", "product_type": "T"}
        row = {"product_id": 1, "department": department, "package_size": "1", **plain}
        path = Path(lake.landing, "products", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        types = {column: pa.int64() if column.endswith("_id") else pa.string() for column in row}
        columns = {name: pa.array([row[name]], types[name]) for name in bronze_.schema.names}
        pq.write_table(pa.table(columns), path)
        aged(path, hours)
        return path

    def history() -> list[tuple[str, datetime, bool]]:
        held = DeltaTable(lake.table_url("silver", "products")).to_pyarrow_table().to_pylist()
        return sorted((row["department"], row["valid_from"], row["is_current"]) for row in held)

    first = master("first.parquet", "GROCERY", 9)
    master("second.parquet", "DRUG", 5)
    for table in (bronze_, silver):
        make(table, lake, lambda: engine.spark_session)
    before = history()
    assert [(department, current) for department, _, current in before] == [("DRUG", True), ("GROCERY", False)]
    aged(first, 1)
    for table in (bronze_, silver):
        make(table, lake, lambda: engine.spark_session, force=True)
    assert history() == before
