"""A year from raw files to gold: the lakehouse, every rule on, against Polars and delta-rs without rules.

Each side runs in a fresh process and fills an empty lake from the same deliveries; imports are not counted and
the engine's start is told apart. The seconds of a side are those of its best turn. On a busy machine the
processor's seconds, which other people's work hardly changes, say more than the clock's: both are told.
"""

from __future__ import annotations

import shutil
from typing import Any

from benchmarks.measure import Bench, Result, in_turns, module

LIMIT = 1.5


def measure(bench: Bench) -> Result:
    """Both sides in turns."""

    def side(name: str) -> dict[str, Any]:
        root = bench.folder / name
        shutil.rmtree(root, ignore_errors=True)
        return module(name, bench.landing, root, bench.days)

    turns = in_turns(bench.turns, lambda: side("lakehouse_year"), lambda: side("polars_peer"))
    ours, peer = (min(side, key=lambda turn: turn["total"]) for side in turns)
    cpu = [min(turn["cpu"] for turn in side) for side in turns]
    rows = [("table", "ours", "peer", "ratio")]
    for table, seconds in ours["tables"].items():
        theirs = peer["tables"][table]
        rows.append((table, f"{seconds:.2f}", f"{theirs:.2f}", f"{seconds / theirs:.1f}"))
    rows += [
        ("processor's seconds", f"{cpu[0]:.1f}", f"{cpu[1]:.1f}", f"{cpu[0] / cpu[1]:.2f}"),
        ("engine start, not counted", f"{ours['start']:.2f}", "-", ""),
    ]
    return Result(
        "year",
        f"{bench.days} days, raw to gold, all rules",
        ours["total"] / peer["total"],
        LIMIT,
        "times",
        f"{ours['total']:.1f} s",
        f"Polars + delta-rs without rules {peer['total']:.1f} s",
        rows,
    )
