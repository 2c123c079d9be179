"""Publishing with all rules against a plain write of the same frame by the same engine.

The frame is silver/transactions' of the whole range, lazy: both sides compute it. Ours judges every rule of its
contract, stages, quarantines and commits; the plain side is `frame.write.format("delta").partitionBy(...)`. Both run in
one process with a warm engine, over an empty target each time, in turns.
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.measure import Bench, Result, in_turns, module, tell
from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.publish.commit import open_table

if TYPE_CHECKING:
    from benchmarks.lakehouse_year import Year
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.publish.ranges import Range

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
        [("what the rules cost", "seconds"), *((what, f"{seconds:.2f}") for what, seconds in told["costs"].items())],
    )


def main(landing: str, root: str, days: str, turns: str) -> None:
    """Both sides in turns, in this process; prints their seconds as JSON."""
    from benchmarks.lakehouse_year import Year
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
    costs = _costs(year, table, range_)
    tell({"ours": sides[0], "plain": sides[1], "rows": rows, "rules": len(table.rules.rules), "costs": costs})
    stop()


def _costs(year: Year, table: Table, range_: Range) -> dict[str, float]:
    """What each kind of rule adds: judging with all, less judging without it; and the checks of whole partitions."""
    from lakehouse_assets.checking import check_rows, check_volume
    from lakehouse_assets.declare.targets import target_of
    from lakehouse_assets.publish.judge import Judged, judge
    from lakehouse_assets.publish.rules import RuleSet

    frames = year.frames(table, range_)
    target = target_of(table, year.settings)

    def judged(rules: RuleSet) -> tuple[float, Judged]:
        frame = table(*(frames[name] for name in table.arguments))
        begun = time.perf_counter()
        result = judge(frame, dataclasses.replace(target, rules=rules), range_, frames)
        return time.perf_counter() - begun, result

    def best(rules: RuleSet) -> float:
        seconds = []
        for _ in range(2):
            taken, result = judged(rules)
            result.staging.discard()
            seconds.append(taken)
        return min(seconds)

    everything = best(table.rules)
    casts = RuleSet(table.rules.of_kind("cast"))
    costs = {"all of them, staging included": everything, "only casts, staging included": best(casts)}
    for kind in ("row", "reference", "unique"):
        left = RuleSet(tuple(rule for rule in table.rules.rules if rule.kind != kind))
        costs[f"{len(table.rules.of_kind(kind))} of kind {kind}"] = everything - best(left)
    _, result = judged(table.rules)
    begun = time.perf_counter()
    list(check_rows(table, result, frames, year.session(), None))
    costs["sums that reconcile with bronze"] = time.perf_counter() - begun
    result.staging.discard()
    bronze = find_table("bronze/transactions")
    begun = time.perf_counter()
    list(check_volume(bronze, result.judgement, open_table(year.settings.table_url("bronze", "transactions"))))
    costs["volume"] = time.perf_counter() - begun
    return costs


if __name__ == "__main__":
    main(*sys.argv[1:])
