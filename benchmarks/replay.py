"""Replay: what it costs depends on how many rows are replayed, and not on how large their table is.

`python -m benchmarks.replay <landing> <root> <days>` prints the seconds as JSON. The product master first comes without
the products that sell best, so that their lines are quarantined; once it is complete, those of one day are replayed:
into a table of that day, and into one of the whole year, in turns, with a warm engine.
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
import time
from pathlib import Path

from benchmarks.measure import Bench, Result, module, tell

LIMIT = 1.5
TABLE = "silver/transactions"
MISSING = 1000  # products


def measure(bench: Bench) -> Result:
    """Make the tables, then replay."""
    told = module("replay", bench.landing, bench.folder / "replay", bench.days, max(bench.turns, 3))
    year, day = min(told["year"]), min(told["day"])
    return Result(
        "replay",
        f"{told['rows']:,} quarantined rows, in a table of {bench.days} days",
        year / day,
        LIMIT,
        "times",
        f"{year:.2f} s",
        f"the same rows in a table of one day {day:.2f} s",
    )


def main(landing: str, root: str, days: str, turns: str) -> None:
    """Both tables in turns; each turn starts from a copy, because a replay moves its rows."""
    from benchmarks.days import days_and_weeks
    from benchmarks.lakehouse_year import Year
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.declare import Tolerance
    from lakehouse_assets.making import make
    from lakehouse_assets.replaying import Reason, replay_table
    from resources.engines.embedded import stop

    keys = days_and_weeks(int(days))[0]
    chosen, here = keys[len(keys) // 2], Path(root)
    table = dataclasses.replace(find_table(TABLE), tolerance=Tolerance(1.0))
    shutil.copytree(Path(landing) / "transactions", here / "landing" / "transactions")
    years = {name: Year(str(here / "landing"), str(here / name), int(days)) for name in ("year", "day")}
    _deliver_products(landing, here, without=_best_sellers(here / "landing" / "transactions" / chosen))
    for name, year in years.items():
        mine = keys if name == "year" else (chosen,)
        _make_products(year)
        make(find_table("bronze/transactions"), year.settings, year.session, mine, "benchmark")
        make(table, year.settings, year.session, mine, "benchmark")
    _deliver_products(landing, here, without=())
    told: dict[str, list[float]] = {name: [] for name in years}
    rows = 0
    for name, year in years.items():
        _make_products(year)
        shutil.copytree(here / name, here / f"{name}-before")
    for _ in range(int(turns)):
        for name, year in years.items():
            shutil.rmtree(here / name)
            shutil.copytree(here / f"{name}-before", here / name)
            begun = time.perf_counter()
            done = replay_table(table, year.settings, year.session, (chosen,), Reason("bench", "measure"))
            told[name].append(time.perf_counter() - begun)
            rows = done.passed
    tell({**told, "rows": rows})
    stop()


def _best_sellers(day: Path) -> tuple[int, ...]:
    import polars as pl

    sold = pl.concat([pl.read_csv(file) for file in day.iterdir()])
    return tuple(sold["product_id"].value_counts(sort=True)["product_id"].head(MISSING).to_list())


def _deliver_products(landing: str, here: Path, without: tuple[int, ...]) -> None:
    import polars as pl

    (file,) = (Path(landing) / "products").iterdir()
    folder = here / "landing" / "products"
    folder.mkdir(exist_ok=True)
    pl.read_parquet(file).filter(~pl.col("product_id").is_in(list(without))).write_parquet(folder / file.name)


def _make_products(year: object) -> None:
    from lakehouse_assets.catalog import table as find_table

    for name in ("bronze/products", "silver/products"):
        year.make(find_table(name))


if __name__ == "__main__":
    main(*sys.argv[1:])
