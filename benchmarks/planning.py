"""Planning a backfill over ten years of days: which of 3,650 partitions are missing or stale, why, and in which runs.

`python -m benchmarks.planning <landing> <home> <days>` makes a real lake of as many days, a few rows each, and prints
as JSON the seconds of `make_plan` over bronze, silver and gold: with every partition missing, with all good, and with
all stale because the product master changed. Each plan looks at the lake anew; loading the code is not in it.
"""

from __future__ import annotations

import shutil
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import Bench, Result, module, tell

LIMIT = 2.0
TEN_YEARS = 3650
FIRST = date(2008, 1, 1)
DAYS = ("bronze/transactions", "silver/transactions", "gold/daily_store_sales")
TABLES = ("bronze/products", "silver/products", *DAYS, "gold/product_performance")


def measure(bench: Bench) -> Result:
    """The slowest of the plans."""
    days = TEN_YEARS * bench.days // 366
    told = module("planning", bench.landing, bench.folder / "planning", days)
    slowest = max(told, key=told.__getitem__)
    rows = [("plan", "seconds"), *((name, f"{seconds:.2f}") for name, seconds in told.items())]
    return Result(
        "planning",
        f"a backfill of {days:,} days of {len(DAYS)} tables, and of weeks above them",
        told[slowest],
        LIMIT,
        "seconds",
        f"{told[slowest]:.2f} s",
        slowest,
        rows,
    )


def main(landing: str, home: str, days: str) -> None:
    """Make the lake, and plan over it."""
    # Before anything reads the calendars: the demo's have a year.
    from lakehouse_assets import calendars

    end, monday = FIRST + timedelta(days=int(days)), FIRST - timedelta(days=FIRST.weekday())
    weeks = (end - monday).days // 7
    calendars.DAILY = calendars.Calendar("event_date", "daily", start=FIRST, end=end)
    calendars.WEEKLY = calendars.Calendar("week_start", "weekly", monday, monday + timedelta(weeks=weeks), hour=5)

    import pyarrow.parquet as pq

    from lakehouse_assets.making import make
    from lakehouse_assets.operate.backfill.plan import make_plan, wanted
    from lakehouse_assets.operate.plan import select
    from lakehouse_assets.settings import Settings
    from resources.dagster_home import open_instance
    from resources.engines import engine_of
    from resources.engines.engine import stop

    here = Path(home)
    settings = Settings(here, str(here / "lake"), str(here / "landing"), "embedded")
    _deliver(Path(landing), here / "landing", calendars.DAILY.keys())
    engine, tables = engine_of(settings), select(TABLES)
    asked, told = wanted(tables), {}
    with open_instance(settings) as instance:

        def plan() -> float:
            begun = time.perf_counter()
            make_plan(tables, asked, settings, instance)
            return time.perf_counter() - begun

        told["all missing"] = plan()
        for table in tables:
            make(table, settings, lambda: engine.spark_session, asked[table.id] if table.calendar else None)
        told["all good"] = plan()
        (master,) = (here / "landing/products").iterdir()
        pq.write_table(pq.read_table(master).slice(1), master)
        for table in select(TABLES[:2]):
            make(table, settings, lambda: engine.spark_session)
        told["all stale"] = plan()
    stop()
    tell(told)


def _deliver(real: Path, landing: Path, days: tuple[str, ...]) -> None:
    shutil.copytree(real / "products", landing / "products")
    (sample,) = sorted(real.glob("transactions/*/*.csv"))[:1]
    header, *lines = sample.read_text().splitlines(keepends=True)[:4]
    for day in days:
        path = landing / "transactions" / day / "transactions.csv"
        path.parent.mkdir(parents=True)
        path.write_text("".join([header, *(_on(day, line.split(","), sample.parent.name) for line in lines)]))


def _on(day: str, line: list[str], before: str) -> str:
    """A line of another day: on a receipt of its own."""
    household, store, basket, *rest = line
    return ",".join([household, store, day.replace("-", "") + basket[-6:], *rest]).replace(before, day)


if __name__ == "__main__":
    main(*sys.argv[1:])
