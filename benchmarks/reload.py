"""Loading again: a year of which nothing is new, and one changed file in a loaded year.

`python -m benchmarks.reload <landing> <root> <days>` prints the seconds as JSON. All in one process, without an engine:
the year is loaded once; the loads of a single day alternate between the loaded year and an empty table.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import NoReturn

from benchmarks.measure import Bench, Result, module, tell

NOTHING_NEW, ONE_FILE = 0.10, 2.0
TABLE = "bronze/transactions"


def measure(bench: Bench) -> list[Result]:
    """Both figures."""
    told = module("reload", bench.landing, bench.folder / "reload", bench.days, max(bench.turns, 3))
    year, again = told["year"], min(told["again"])
    in_year, alone = min(told["in_year"]), min(told["alone"])
    return [
        Result(
            "reload",
            f"{bench.days} files of which none is new",
            again / year,
            NOTHING_NEW,
            "times",
            f"{again:.3f} s",
            f"loading them {year:.2f} s",
        ),
        Result(
            "changed file",
            "one changed file in the loaded year",
            in_year / alone,
            ONE_FILE,
            "times",
            f"{in_year * 1000:.0f} ms",
            f"the same day into an empty table {alone * 1000:.0f} ms",
        ),
    ]


def main(landing: str, root: str, days: str, turns: str) -> None:
    """Load, load again, change a file and load it in the year and alone, in turns."""
    from benchmarks.days import days_and_weeks
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.making import make
    from lakehouse_assets.settings import Settings

    table, keys = find_table(TABLE), days_and_weeks(int(days))[0]
    here = Path(root)
    shutil.copytree(Path(landing) / "transactions", here / "landing" / "transactions")
    changed = here / "landing" / "transactions" / keys[len(keys) // 2]
    whole, empty = (Settings(here, str(here / name), str(here / "landing"), "embedded") for name in ("whole", "empty"))

    def no_engine() -> NoReturn:
        raise RuntimeError("deliveries are loaded without an engine")

    def seconds(settings: Settings, chosen: tuple[str, ...]) -> float:
        begun = time.perf_counter()
        make(table, settings, no_engine, chosen, "benchmark")
        return time.perf_counter() - begun

    def change() -> None:
        (file,) = changed.iterdir()
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[:-1]))

    seconds(empty, keys[:1])  # what is imported at the first load
    told: dict[str, object] = {"year": seconds(whole, keys)}
    told["again"] = [seconds(whole, keys) for _ in range(int(turns))]
    in_year, alone = [], []
    for _ in range(int(turns)):
        change()
        in_year.append(seconds(whole, (changed.name,)))
        shutil.rmtree(here / "empty")
        alone.append(seconds(empty, (changed.name,)))
    tell({**told, "in_year": in_year, "alone": alone})


if __name__ == "__main__":
    main(*sys.argv[1:])
