"""The same table files on the embedded engine and on a Spark cluster of this machine, with ever more data.

Deliveries of transactions are multiplied: each copy of a day's lines has baskets of its own, so that nothing is taken
for a duplicate. Both engines make bronze, silver and gold of them into an empty lake, every rule on. A cluster makes
them twice: when it has just started, and again when its machine code is made. At the largest of several sizes it is
measured with one worker, too. Everything shares this machine's cores: what a cluster gains by having more of them does
not show here, only what it costs.

`python -m benchmarks engines` is a year; `--days 14 --times 1` is a quick look.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.days import days_and_weeks
from benchmarks.measure import Bench, Result, module

TABLES = (
    "bronze/products",
    "bronze/transactions",
    "silver/products",
    "silver/transactions",
    "gold/daily_store_sales",
)


def measure(bench: Bench) -> list[Result]:
    """Every size on both engines."""
    return [result for times in bench.times for result in _at(bench, times)]


def _at(bench: Bench, times: int) -> Iterator[Result]:
    landing = multiply(Path(bench.landing), bench.folder / f"times-{times}", bench.days, times)
    embedded = _make(bench, landing)
    sides = {2: _on_cluster(bench, landing, workers=2)}
    if times == max(bench.times) > min(bench.times):
        sides[1] = _on_cluster(bench, landing, workers=1)
    shutil.rmtree(landing)
    for workers, (cluster, again) in sides.items():
        yield Result(
            f"engines x{times}" + (" one worker" if workers == 1 else ""),
            f"{bench.days} days, {times} times as many lines",
            cluster["total"] / embedded["total"],
            math.inf,
            "times",
            f"cluster {cluster['total']:.0f} s, again {again['total']:.0f} s",
            f"embedded {embedded['total']:.0f} s, {embedded['memory_gb']:.1f} GB",
            [
                ("table", "cluster", "again", "embedded", "ratio"),
                *(
                    (
                        table,
                        f"{cluster['tables'][table]:.1f}",
                        f"{again['tables'][table]:.1f}",
                        f"{seconds:.1f}",
                        f"{cluster['tables'][table] / seconds:.1f}",
                    )
                    for table, seconds in embedded["tables"].items()
                ),
            ],
        )


def _make(bench: Bench, landing: Path, **environment: str) -> dict[str, Any]:
    root = bench.folder / "lake"
    shutil.rmtree(root, ignore_errors=True)
    try:
        return module("lakehouse_year", landing, root, bench.days, *TABLES, environment=environment)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _on_cluster(bench: Bench, landing: Path, workers: int) -> list[dict[str, Any]]:
    """The same on a cluster that has just started, and on one that has done it before."""
    with cluster_of(bench.folder / "cluster", workers) as remote:
        return [_make(bench, landing, LAKEHOUSE_ENGINE="spark", SPARK_REMOTE=remote) for _ in range(2)]


@contextmanager
def cluster_of(folder: Path, workers: int) -> Iterator[str]:
    """A cluster of so many workers, one core each, with Java's defaults as a real one has them."""
    from resources.cluster.local import Size, start_cluster, stop_cluster

    size = Size(workers=workers, memory_mb=4096, heap_mb=3000, server_mb=4096)
    cluster = start_cluster(folder, size, s3=False, lasting=True)
    try:
        yield cluster.remote
    finally:
        stop_cluster(folder)


def multiply(landing: Path, target: Path, days: int, times: int) -> Path:
    """The products, and the first `days` of transactions, each with every line `times` over in baskets of its own."""
    import polars as pl

    shutil.copytree(landing / "products", target / "products")
    for day in days_and_weeks(days)[0]:
        for file in sorted((landing / "transactions" / day).glob("*.csv")):
            lines = pl.read_csv(file, infer_schema=False)
            copies = [
                lines.with_columns(pl.concat_str(pl.lit(str(n)), "basket_id").alias("basket_id"))
                for n in range(1, times)
            ]
            (target / "transactions" / day).mkdir(parents=True, exist_ok=True)
            pl.concat([lines, *copies]).write_csv(target / "transactions" / day / file.name)
    return target
