"""Days in S3 against the same on disk: landing zone and lake in a SeaweedFS server of this machine, over loopback.

What is measured is the requests, and a server that shares the cores; a real store is further away and far wider.
"""

from __future__ import annotations

import math
import os
import shutil
from typing import Any

from benchmarks.engines import TABLES
from benchmarks.measure import Bench, Result, in_turns, module

FEW = 7  # days


def measure(bench: Bench) -> list[Result]:
    """One day, and a week."""
    from lakehouse_assets.calendars import DAILY
    from lakehouse_assets.demo.land import land
    from lakehouse_assets_tests.stores.s3 import s3_server

    (folder := bench.folder / "s3").mkdir()
    with s3_server(folder) as store:
        os.environ.update(store.environment)
        for _ in land(f"{store.url}/landing", last=DAILY.keys()[FEW - 1]):
            pass
        return [_of(bench, days, store) for days in (1, FEW)]


def _of(bench: Bench, days: int, store: Any) -> Result:
    turns = iter(range(1_000))

    def on_disk() -> dict[str, Any]:
        root = bench.folder / "on-disk"
        shutil.rmtree(root, ignore_errors=True)
        return module("lakehouse_year", bench.landing, root, days, *TABLES)

    def in_s3() -> dict[str, Any]:
        root = f"{store.url}/lake-{days}-{next(turns)}"
        return module("lakehouse_year", f"{store.url}/landing", root, days, *TABLES, environment=store.environment)

    disk, s3 = (min(side, key=lambda turn: turn["total"]) for side in in_turns(bench.turns, on_disk, in_s3))
    return Result(
        f"S3, {days} day{'s' if days > 1 else ''}",
        "raw to gold, all rules, landing zone and lake in S3",
        s3["total"] / disk["total"],
        math.inf,
        "times",
        f"{s3['total']:.2f} s",
        f"on disk {disk['total']:.2f} s",
        [
            ("table", "S3", "disk"),
            *((t, f"{s3['tables'][t]:.2f}", f"{seconds:.2f}") for t, seconds in disk["tables"].items()),
        ],
    )
