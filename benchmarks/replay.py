"""Replay: what it costs depends on how many rows are replayed, and not on how large their table is.

`python -m benchmarks.replay <landing> <root> <days>` prints the seconds as JSON: the same quarantined rows of one day
are replayed into a table of that day and into one of the whole year, in turns, with a warm engine.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from benchmarks.measure import Bench, Result, module, tell

LIMIT = 1.5
TABLE = "silver/transactions"


def measure(bench: Bench) -> Result:
    """Make the tables, then replay."""
    told = module("replay", bench.landing, bench.folder / "replay", bench.days, max(bench.turns, 3))
    year, day = min(told["year"]), min(told["day"])
    return Result(
        "replay",
        f"{told['rows']} quarantined rows, in a table of {bench.days} days",
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
    from lakehouse_assets.making import make
    from lakehouse_assets.replaying import Reason, replay_table
    from resources.engines.embedded import stop

    table, keys = find_table(TABLE), days_and_weeks(int(days))[0]
    chosen = keys[len(keys) // 2]
    told: dict[str, list[float]] = {"year": [], "day": []}
    years = {"year": Year(landing, f"{root}/year", int(days)), "day": Year(landing, f"{root}/day", int(days))}
    rows = 0
    for name, year in years.items():
        mine = keys if name == "year" else (chosen,)
        for read in ("bronze/products", "silver/products"):
            year.make(find_table(read))
        make(find_table("bronze/transactions"), year.settings, year.session, mine, "benchmark")
        # The products come to nothing first, so that a day's lines break their contract; then they are known.
        make(table, year.settings, year.session, mine, "benchmark")
        shutil.copytree(f"{root}/{name}", f"{root}/{name}-before")
    for _ in range(int(turns)):
        for name, year in years.items():
            shutil.rmtree(f"{root}/{name}")
            shutil.copytree(f"{root}/{name}-before", f"{root}/{name}")
            begun = time.perf_counter()
            done = replay_table(table, year.settings, year.session, (chosen,), Reason("bench", "measure"))
            told[name].append(time.perf_counter() - begun)
            rows = done.passed + done.stayed
    tell({**told, "rows": rows})
    stop()
    shutil.rmtree(Path(root))


if __name__ == "__main__":
    main(*sys.argv[1:])
