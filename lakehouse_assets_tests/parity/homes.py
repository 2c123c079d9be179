"""Homes: where tables are computed, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse_assets.making import make
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pyspark.sql import SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.making import Prepared
    from resources.engines.engine import Engine


@dataclass(frozen=True)
class Home:
    """An engine and a store, by the names of their fixtures: `<engine>_engine` and `<store>_store`."""

    engine: str
    store: str

    def __str__(self) -> str:
        return f"{self.engine}/{self.store}"


# Each is compared with the first.
HOMES = (
    Home("embedded", "disk"),
    Home("embedded", "s3"),
    Home("embedded", "adls"),
    Home("cluster", "disk"),
    Home("cluster", "s3"),
)
REFERENCE, *OTHERS = HOMES
# The wheel's own entry point, run for Dagster Pipes by machines of a workspace; it has no session here.
JOBS = Home("jobs", "disk")
JOBS_IN_STORES = (Home("jobs", "s3"), Home("jobs", "adls"))


@dataclass
class Household:
    """A lake in one home, and the tables made in it."""

    home: Home
    engine: Engine
    settings: Settings

    @property
    def spark(self) -> SparkSession:
        return self.engine.spark_session

    def make(self, table: Table, keys: Iterable[str] | None = None, **options: Any) -> Prepared:
        """Make partitions of a table, or all of it, and publish them."""
        slots = list(keys) if keys is not None else None
        return make(
            table, self.settings, lambda: self.spark, slots, stage=self.engine.stage, run_id=str(self.home), **options
        )[0]

    @classmethod
    def new(cls, home: Home, engine: Engine, root: str, landing: Path) -> Household:
        """An empty lake at `root` for the deliveries that lie in `landing`."""
        return cls(home, engine, Settings(landing.parent, root, str(landing), engine="embedded"))
