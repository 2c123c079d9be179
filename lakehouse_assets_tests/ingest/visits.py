"""Who came, by day, as files are delivered: shared by the tests of loading."""

from pathlib import Path

from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, Table, bronze, csv
from lakehouse_assets.making import make
from lakehouse_assets.publish.publication import Publication
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.landing import no_engine, put

DAY = "2017-01-01"


@bronze(csv("visits"), partitions=DAILY)
class Visits(Contract):
    """Who came."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


@bronze(csv("visits"), partitions=DAILY, gone="withdrawn", unreadable="quarantined")
class Strict(Contract):
    """Who came, as the landing zone says now."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


def deliver(lake: Settings, day: str, name: str, text: str, source: str = "visits") -> Path:
    return put(lake, f"{source}/{day}/{name}", text)


def publish_days(lake: Settings, *days: str, table: Table = Visits) -> Publication | None:
    return make(table, lake, no_engine, days, "run-1")[1]


def rows(lake: Settings) -> list[dict]:
    table = DeltaTable(f"{lake.root}/bronze/visits").to_pyarrow_table()
    return sorted(table.to_pylist(), key=lambda row: (row["_source_file"], row["_source_row"]))


def people(lake: Settings, name: str = "visits") -> list[tuple[str, str]]:
    """(who, run) of every row."""
    rows = DeltaTable(f"{lake.root}/bronze/{name}").to_pyarrow_table().to_pylist()
    return sorted((row["who"], row["_run_id"]) for row in rows)


def rejected(lake: Settings, name: str = "visits") -> list[tuple[str, str | None, str | None]]:
    """(file, rule, text) of the quarantined rows that belong to the table."""
    seen = Snapshot.of(f"{lake.root}/bronze/{name}")
    held = current(f"{lake.root}/quarantine/bronze_{name}", seen.marks).to_pylist()
    return sorted((row["_source_file"].split("/")[-1], row["_failed"][0], row["_raw"]) for row in held)
