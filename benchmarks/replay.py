"""Replay: what it costs depends on how many rows are replayed, and not on how large their table is.

`python -m benchmarks.replay <landing> <root> <days>` prints the seconds as JSON. The product master first comes without
the products that sell best, so that their lines are quarantined; once it is complete, those of one day are replayed:
into a table of that day, and into one of the whole year; and those of ten days: into a table of these, and into the
year's. All in turns, with a warm engine. The figure is of one day; ten days show what the rows cost.
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
MANY = 10  # days, for several times the rows


def measure(bench: Bench) -> Result:
    """Make the tables, then replay."""
    told = module("replay", bench.landing, bench.folder / "replay", bench.days, max(bench.turns, 3))
    best = {name: min(seconds) for name, seconds in told["seconds"].items()}
    rows = told["rows"]
    return Result(
        "replay",
        f"{rows['day']:,} quarantined rows, in a table of {bench.days} days",
        best["day in year"] / best["day"],
        LIMIT,
        "times",
        f"{best['day in year']:.2f} s",
        f"the same rows in a table of one day {best['day']:.2f} s; {rows['days']:,} rows {best['days in year']:.2f} s, "
        f"in a table of their days {best['days']:.2f} s",
    )


def main(landing: str, root: str, days: str, turns: str) -> None:
    """All tables in turns; each replay starts from a copy, because it moves its rows."""
    from benchmarks.days import days_and_weeks
    from benchmarks.lakehouse_year import Year
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.declare import Tolerance
    from lakehouse_assets.making import make
    from lakehouse_assets.replaying import Reason, replay_table
    from resources.engines.embedded import stop

    keys = days_and_weeks(int(days))[0]
    many, here = keys[len(keys) // 2 :][:MANY], Path(root)
    table = dataclasses.replace(find_table(TABLE), tolerance=Tolerance(1.0))
    shutil.copytree(Path(landing) / "transactions", here / "landing" / "transactions")
    held = {"year": keys, "days": many, "day": many[:1]}
    years = {name: Year(str(here / "landing"), str(here / name), int(days)) for name in held}
    _deliver_products(landing, here, without=_best_sellers(here / "landing" / "transactions" / many[0]))
    for name, year in years.items():
        mine = held[name]
        _make_products(year)
        make(find_table("bronze/transactions"), year.settings, year.session, mine, "benchmark")
        make(table, year.settings, year.session, mine, "benchmark")
    _deliver_products(landing, here, without=())
    sides = {"day": ("day", many[:1]), "day in year": ("year", many[:1])}
    sides |= {"days": ("days", many), "days in year": ("year", many)}
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    rows: dict[str, int] = {}
    for name, year in years.items():
        _make_products(year)
        shutil.copytree(here / name, here / f"{name}-before")
    for _ in range(int(turns)):
        for side, (name, wanted) in sides.items():
            year = years[name]
            shutil.rmtree(here / name)
            shutil.copytree(here / f"{name}-before", here / name)
            begun = time.perf_counter()
            done = replay_table(table, year.settings, year.session, wanted, Reason("bench", "measure"))
            seconds[side].append(time.perf_counter() - begun)
            rows[side] = done.passed
    tell({"seconds": seconds, "rows": rows})
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
