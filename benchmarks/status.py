"""`lakehouse status` over the demo's days, start of its process included, in seconds; and `lakehouse report`.

The lake is made by `lakehouse run`, records of Dagster included. The parts are what the command does, one after the
other, in one more process.
"""

from __future__ import annotations

import math
import os
import sys
import time

from benchmarks.days import days_and_weeks
from benchmarks.measure import Bench, Result, module, python, tell

LIMIT = 2.0
COMMAND = ("-m", "lakehouse_assets.cli.main")


def measure(bench: Bench) -> list[Result]:
    """The best of some turns of each command; the report's first turn, which reads all records, for itself."""
    days, _ = days_and_weeks(bench.days)
    home = bench.folder / "status"
    environment = {"LAKEHOUSE_HOME": str(home), "LAKEHOUSE_LANDING": bench.landing}
    python(*COMMAND, "run", "--to", days[-1], environment=environment)
    turns = max(bench.turns, 5)
    status = min(python(*COMMAND, "status", environment=environment)[0] for _ in range(turns))
    first = python(*COMMAND, "report", environment=environment)[0]
    again = min(python(*COMMAND, "report", environment=environment)[0] for _ in range(bench.turns))
    parts = [module("status", environment=environment) for _ in range(turns)]
    rows = [("part", "seconds"), *((part, f"{min(p[part] for p in parts):.2f}") for part in parts[0])]
    what = f"{len(days)} days, a process"
    return [
        Result("status", what, status, LIMIT, "seconds", f"{status:.2f} s", "", rows),
        Result("report", what, again, math.inf, "seconds", f"{again:.2f} s", f"with all records to read {first:.1f} s"),
    ]


def main() -> None:
    """Do what the command does, part by part; prints the seconds of each as JSON."""
    begun, seconds = time.perf_counter(), dict[str, float]()

    def lap(part: str) -> None:
        nonlocal begun
        seconds[part] = time.perf_counter() - begun
        begun = time.perf_counter()

    import lakehouse_assets.cli.main  # noqa: F401

    lap("the command")
    from lakehouse_assets.catalog import tables

    tables()
    lap("contracts and tables")
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.operate.checks import failed_checks
    from lakehouse_assets.operate.state import look
    from lakehouse_assets.settings import Settings

    settings = Settings.from_environment()
    lap("what looks")
    failed = failed_checks(settings)
    lap("checks that failed")
    look(Lake(settings), failed, 20)
    lap("the tables' logs")
    tell(seconds)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
