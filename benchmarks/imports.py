"""Importing the definitions against `import dagster`: fresh processes, compiled bytecode, in turns.

The parts are imported one after the other in one more process, so a part pays only for what those before it
have not imported yet. A definition that is not imported cannot be run: each click in the UI pays this.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module

from benchmarks.measure import Bench, Result, in_turns, module, python, tell

LIMIT = 2.0
OURS = "lakehouse_assets.definitions"
PARTS = {
    "dagster": ("dagster",),
    "pyspark": ("pyspark.sql", "pyspark.sql.functions", "pyspark.sql.types"),
    "pandas, for pandera": ("pandas",),
    "pandera": ("pandera.pyspark",),
    "dagster_pyspark": ("dagster_pyspark",),
    "contracts and tables": ("lakehouse_assets.catalog",),
    "own storage of events": ("resources.dagster_storage",),
    "assets": (OURS,),
}


def measure(bench: Bench) -> Result:
    """Both imports in turns, then the parts."""
    turns = max(bench.turns, 5)
    python("-c", f"import {OURS}")  # writes what bytecode is missing
    ours, theirs = in_turns(turns, lambda: python("-c", f"import {OURS}")[0], lambda: python("-c", "import dagster")[0])
    split = [module("imports") for _ in range(turns)]
    rows = [("part", "seconds"), *((part, f"{min(s[part] for s in split):.2f}") for part in split[0])]
    return Result(
        "import",
        "the definitions",
        min(ours) / min(theirs),
        LIMIT,
        "times",
        f"{min(ours):.2f} s",
        f"import dagster {min(theirs):.2f} s",
        rows,
    )


def main() -> None:
    """Import the parts one after the other; prints the seconds of each as JSON."""
    seconds = {}
    for part, names in PARTS.items():
        begun = time.perf_counter()
        for name in names:
            import_module(name)
        if part == "contracts and tables":
            import_module("lakehouse_assets.catalog").tables()
        seconds[part] = time.perf_counter() - begun
    tell(seconds)


if __name__ == "__main__":
    sys.exit(main())
