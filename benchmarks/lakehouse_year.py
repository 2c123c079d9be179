"""The lakehouse's own year, every rule on, without Dagster: what a step does, called one after the other.

`python -m benchmarks.lakehouse_year <landing> <root> <days> [tables]` prints, as JSON, the seconds of each table (load
or judge, then publish, as a step of a run does), those of the engine's start, and the most memory that this process
held. LAKEHOUSE_ENGINE chooses the engine.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.days import days_and_weeks
from benchmarks.measure import tell
from lakehouse_assets.calendars import DAILY, WEEKLY
from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.catalog import tables
from lakehouse_assets.declare.table import Table
from lakehouse_assets.making import make
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.reading import load_inputs
from lakehouse_assets.settings import Settings
from resources.engines import engine_of
from resources.engines.engine import stop

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Year:
    """Some days of the lake, made table by table in this process."""

    def __init__(self, landing: str, root: str, days: int, engine: str = "embedded") -> None:
        self.settings = Settings(Path(root), root, landing, engine)
        self.keys = dict(zip((DAILY, WEEKLY), days_and_weeks(days), strict=True))
        self.engine = engine_of(self.settings)

    def start(self) -> float:
        """Start the engine and ask it for one row; returns the seconds."""
        begun = time.perf_counter()
        self.engine.spark_session.range(1).collect()
        return time.perf_counter() - begun

    def make(self, table: Table) -> float:
        """Make one table; returns the seconds."""
        begun = time.perf_counter()
        keys = self.keys.get(table.calendar)
        make(table, self.settings, self.session, keys, "benchmark", stage=self.engine.stage)
        return time.perf_counter() - begun

    def make_all(self, chosen: Iterable[Table]) -> dict[str, float]:
        """The seconds of each table, in an order in which they can be made."""
        return {table.id: self.make(table) for table in chosen}

    def frames(self, table: Table, range_: Range) -> dict[str, DataFrame]:
        """What a table reads, as the IO manager loads it."""
        return load_inputs(table, table.inputs, range_, self.settings, self.session)

    def session(self) -> SparkSession:
        """The engine's session."""
        return self.engine.spark_session


def main(landing: str, root: str, days: str, *names: str) -> None:
    """Make every table, or those named, and print the seconds of each."""
    chosen = [find_table(name) for name in names] or list(tables().values())
    year = Year(landing, root, int(days), os.environ.get("LAKEHOUSE_ENGINE") or "embedded")
    start = year.start()
    begun, cpu = time.perf_counter(), time.process_time()
    seconds = year.make_all(chosen)
    told = {"start": start, "total": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "tables": seconds}
    tell(told | {"memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20})
    stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
