"""Data skipping: of the files of a gold table, how many a query for one product need not open, before and after.

The table is the demo's product performance with sixteen times the products a year sells of, so that a week does not
fit into one file; its files are of a megabyte, where those of a lake with a hundred times more would be of 128.
Before, a week's rows lie in the order in which they came; after, maintenance has put them together by product. What a
query opens is asked of a reader: Arrow's, by the bounds in the table's log.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Bench, Result, module, tell

if TYPE_CHECKING:
    import pyarrow as pa

LIMIT = 0.1  # of the files may be opened
COLUMN = "product_id"
WEEKS = ("2017-01-02", "2017-01-09")
ROWS = 1_500_000  # of a week
QUERIES = 50
FILE_MB = 1


def measure(bench: Bench) -> Result:
    """The share of files that point queries open after maintenance: at most a tenth."""
    told = module("skipping", bench.folder / "skipping")
    before, after = told["before"], told["after"]
    rows = [("", "files", "opened by a query", "skipped"), *(_row(when, told[when]) for when in ("before", "after"))]
    return Result(
        "skipping",
        f"files of gold that a query for one product opens, {2 * ROWS:,} rows, put together in {told['seconds']:.0f} s",
        after["opened"] / after["files"],
        LIMIT,
        "times",
        f"{1 - after['opened'] / after['files']:.1%} skipped",
        f"{1 - before['opened'] / before['files']:.1%} skipped before",
        rows,
    )


def _row(when: str, told: dict[str, Any]) -> tuple[str, ...]:
    share = 1 - told["opened"] / told["files"]
    return (when, str(told["files"]), f"{told['opened']:.1f}", f"{share:.1%}")


def main(root: str) -> None:
    """Write the table, ask, maintain, ask again; prints what was found as JSON."""
    from deltalake import write_deltalake

    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.maintaining.doing import perform
    from lakehouse_assets.maintaining.upkeep import Wish, survey
    from lakehouse_assets.settings import Settings
    from resources.engines.maintenance import EmbeddedMaintenance

    gold = find_table("gold/product_performance")
    policy = dataclasses.replace(gold.maintenance, cluster_by=(COLUMN,), file_mb=FILE_MB)
    settings, url = Settings(Path(root), root, root, "embedded"), f"{root}/gold/product_performance"
    for week in WEEKS:
        write_deltalake(
            url, _week(week), mode="append", partition_by=["week_start"], target_file_size=FILE_MB * 1_000_000
        )
    before = _opened(url)
    started = time.perf_counter()
    (due,) = survey(dataclasses.replace(gold, maintenance=policy), settings, Wish(kinds=["cluster"]))
    perform(due, EmbeddedMaintenance)
    tell({"before": before, "after": _opened(url), "seconds": time.perf_counter() - started})


def _opened(url: str) -> dict[str, float]:
    """How many files there are, and how many a query for one product opens on average."""
    import pyarrow.compute as pc
    from deltalake import DeltaTable

    whole = DeltaTable(url).to_pyarrow_dataset()
    asked = [ROWS * n // QUERIES + 1 for n in range(QUERIES)]
    opened = [len(list(whole.get_fragments(filter=pc.field(COLUMN) == product))) for product in asked]
    return {"files": len(list(whole.get_fragments())), "opened": sum(opened) / len(opened)}


def _week(week: str) -> pa.Table:
    """A line for each product, in no order."""
    import numpy as np
    import pyarrow as pa

    chance = np.random.default_rng(int(week[-2:]))
    products = chance.permutation(ROWS) + 1
    names = pa.array(["GROCERY", "DRUG GM", "PRODUCE", "MEAT"]).take(pa.array(products % 4))
    money = (
        pa.array(chance.integers(0, 100_000, ROWS, dtype="int32")).cast(pa.decimal128(12, 0)).cast(pa.decimal128(14, 2))
    )
    return pa.table(
        {
            "week_start": pa.array([week] * ROWS).cast(pa.date32()),
            COLUMN: products,
            "department": names,
            "product_category": names,
            "brand": pa.array(["National", "Private"]).take(pa.array(products % 2)),
            **{name: chance.integers(1, 500, ROWS) for name in ("stores", "baskets", "households", "units")},
            "sales_value": money,
            "discount": money,
        }
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
