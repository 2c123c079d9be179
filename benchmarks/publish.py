"""Publishing with all rules against a plain write of the same frame by the same engine.

The frame is silver/transactions' of the whole range, lazy: each side computes it. Ours judges every rule of its
contract, stages, quarantines and commits; a plain side is `frame.write.format("delta").partitionBy(...)`. What is
published has the contract's types, so the peer writes the frame in these types, cast as the contract casts; another
peer, from which we are further, writes its text as it was delivered. All run in one process with a warm engine, over an
empty target each time, in turns.
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
    from pyspark.sql import DataFrame

    from benchmarks.lakehouse_year import Year
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.publish.ranges import Range

LIMIT = 1.6
TABLE = "silver/transactions"
READS = ("bronze/transactions", "bronze/products", "silver/products")


def measure(bench: Bench) -> list[Result]:
    """Make what the table reads, then all sides in one process."""
    root = bench.folder / "publish"
    module("lakehouse_year", bench.landing, root, bench.days, *READS)
    told = module("publish", bench.landing, root, bench.days, max(bench.turns, 3))
    ours, plain, text = (min(told[side]) for side in ("ours", "plain", "text"))
    what = f"{TABLE}, {told['rows']:,} rows, {told['rules']} rules"
    costs = [("what the rules cost", "seconds"), *((rule, f"{seconds:.2f}") for rule, seconds in told["costs"].items())]
    said = f"{ours:.2f} s"
    return [
        Result("publish", what, ours / plain, LIMIT, "times", said, f"plain Delta write {plain:.2f} s", costs),
        Result("publish", "the same", ours / text, LIMIT, "times", said, f"plain write of its text {text:.2f} s"),
    ]


def main(landing: str, root: str, days: str, turns: str) -> None:
    """All sides in turns, in this process; prints their seconds as JSON."""
    from benchmarks.lakehouse_year import Year
    from lakehouse_assets.declare.targets import range_of, target_of
    from lakehouse_assets.publish.verdict import conform
    from resources.engines.embedded import stop

    year, table = Year(landing, root, int(days)), find_table(TABLE)
    year.start()
    range_ = range_of(table, year.keys[table.calendar])
    frame = table(*(year.frames(table, range_)[name] for name in table.arguments))
    target = target_of(table, year.settings)
    typed = conform(frame, target.schema, target.rules, target.carried).select(*frame.columns)

    def ours() -> float:
        shutil.rmtree(target.url, ignore_errors=True)
        shutil.rmtree(year.settings.quarantine_url(table.layer, table.name), ignore_errors=True)
        return year.make(table)

    def written(rows: DataFrame) -> float:
        shutil.rmtree(f"{root}/plain", ignore_errors=True)
        begun = time.perf_counter()
        rows.write.format("delta").partitionBy(range_.column).save(f"{root}/plain")
        return time.perf_counter() - begun

    written(typed)  # the engine's first write of all is slower
    sides = in_turns(int(turns), ours, lambda: written(typed), lambda: written(frame))
    rows = year.engine.spark_session.read.format("delta").load(f"{root}/plain").count()
    told = dict(zip(("ours", "plain", "text"), sides, strict=True))
    tell(told | {"rows": rows, "rules": len(table.rules.rules), "costs": _costs(year, table, range_)})
    stop()


def _costs(year: Year, table: Table, range_: Range) -> dict[str, float]:
    """What each kind of rule adds: judging with all, less judging without it; and the checks of whole partitions."""
    from lakehouse_assets.checking import check_volume, sums_before, wanted_of
    from lakehouse_assets.declare.targets import target_of
    from lakehouse_assets.publish.judge import Judged, judge
    from lakehouse_assets.publish.rules import RuleSet
    from lakehouse_assets.publish.totals import Wanted

    frames = year.frames(table, range_)
    target = target_of(table, year.settings)

    def judged(rules: RuleSet, wanted: Wanted | None = None) -> tuple[float, Judged]:
        frame = table(*(frames[name] for name in table.arguments))
        begun = time.perf_counter()
        result = judge(frame, dataclasses.replace(target, rules=rules), range_, frames, wanted=wanted)
        return time.perf_counter() - begun, result

    def best(rules: RuleSet, wanted: Wanted | None = None) -> float:
        seconds = []
        for _ in range(2):
            taken, result = judged(rules, wanted)
            result.staging.discard()
            seconds.append(taken)
        return min(seconds)

    everything = best(table.rules)
    casts = RuleSet(table.rules.of_kind("cast"))
    costs = {"all of them, staging included": everything, "only casts, staging included": best(casts)}
    for kind in ("row", "reference", "unique"):
        left = RuleSet(tuple(rule for rule in table.rules.rules if rule.kind != kind))
        costs[f"{len(table.rules.of_kind(kind))} of kind {kind}"] = everything - best(left)
    costs["sums of what is staged"] = best(table.rules, wanted_of(table)) - everything
    begun = time.perf_counter()
    sums_before(table, frames, range_.column)
    costs["sums of bronze, to reconcile with"] = time.perf_counter() - begun
    _, result = judged(table.rules)
    result.staging.discard()
    bronze = find_table("bronze/transactions")
    begun = time.perf_counter()
    list(check_volume(bronze, result.judgement, open_table(year.settings.table_url("bronze", "transactions"))))
    costs["volume"] = time.perf_counter() - begun
    return costs


if __name__ == "__main__":
    main(*sys.argv[1:])
