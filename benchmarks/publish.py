"""Publishing with all rules against a plain write of the same frame by the same engine.

The frame is silver/transactions' of the whole range, lazy: both sides compute it. Ours judges every rule of its
contract, stages, quarantines and commits; the plain side is `frame.write.format("delta").partitionBy(...)`. Both run in
one process with a warm engine, over an empty target each time, in turns.
"""

from __future__ import annotations

import shutil
import sys
import time

from benchmarks.measure import Bench, Result, in_turns, module, tell

LIMIT = 1.6
TABLE = "silver/transactions"
READS = ("bronze/transactions", "bronze/products", "silver/products")


def measure(bench: Bench) -> Result:
    """Make what the table reads, then both sides in one process."""
    root = bench.folder / "publish"
    module("lakehouse_year", bench.landing, root, bench.days, *READS)
    told = module("publish", bench.landing, root, bench.days, max(bench.turns, 3))
    ours, plain = min(told["ours"]), min(told["plain"])
    return Result(
        "publish",
        f"{TABLE}, {told['rows']:,} rows, {told['rules']} rules",
        ours / plain,
        LIMIT,
        "times",
        f"{ours:.2f} s",
        f"plain Delta write {plain:.2f} s",
    )


def main(landing: str, root: str, days: str, turns: str) -> None:
    """Both sides in turns, in this process; prints their seconds as JSON."""
    from benchmarks.lakehouse_year import Year
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.declare.targets import range_of
    from resources.engines.embedded import stop

    year, table = Year(landing, root, int(days)), find_table(TABLE)
    year.start()
    range_ = range_of(table, year.keys[table.calendar])
    frame = table(*(year.frames(table, range_)[name] for name in table.arguments))
    targets = {"ours": year.settings.table_url(table.layer, table.name), "plain": f"{root}/plain"}

    def ours() -> float:
        shutil.rmtree(targets["ours"], ignore_errors=True)
        shutil.rmtree(year.settings.quarantine_url(table.layer, table.name), ignore_errors=True)
        return year.make(table)

    def plain() -> float:
        shutil.rmtree(targets["plain"], ignore_errors=True)
        begun = time.perf_counter()
        frame.write.format("delta").partitionBy(range_.column).save(targets["plain"])
        return time.perf_counter() - begun

    plain()  # the engine's first write of all is slower
    sides = in_turns(int(turns), ours, plain)
    rows = year.engine.spark_session.read.format("delta").load(targets["plain"]).count()
    told = {"ours": sides[0], "plain": sides[1], "rows": rows, "rules": len(table.rules.rules)}
    tell(told)
    stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
