"""`python -m benchmarks [names] [--days N]`: measure, and print each figure with its limit and a verdict."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.days import YEAR
from benchmarks.measure import Bench, Result

SIZES = (1, 4, 16)
out = Console(highlight=False)


class Name(StrEnum):
    """The measures, in the order in which they run."""

    imports = "import"
    click = "click"
    publish = "publish"
    reload = "reload"
    replay = "replay"
    modes = "modes"
    arrivals = "arrivals"
    planning = "planning"
    skipping = "skipping"
    bookkeeping = "bookkeeping"
    status = "status"
    year = "year"
    stores = "stores"
    engines = "engines"


Names = Annotated[list[Name] | None, typer.Argument(help="What to measure; all without.")]
Days = Annotated[int, typer.Option(min=1, max=YEAR, help="Days of the year, for a quick look.")]
AsJson = Annotated[Path | None, typer.Option("--json", help="Where to keep the figures for comparison.")]
Times = Annotated[list[int] | None, typer.Option(min=1, help="Of `engines`: how many times as many lines.")]
Turns = Annotated[int, typer.Option(min=1, help="The best of so many turns counts.")]


def main(names: Names = None, days: Days = YEAR, turns: Turns = 2, json_: AsJson = None, times: Times = None) -> None:
    """Measure the lakehouse against hand-written peers, side by side, and say which limits it keeps.

    LAKEHOUSE_LANDING may name a filled landing zone; otherwise one is made and removed. Trust ratios.
    """
    folder = Path(tempfile.mkdtemp(prefix="lakehouse-bench-"))
    try:
        landing = _landing(folder, days)
        bench = Bench(landing, folder, days, turns, times or SIZES)
        results: list[Result] = []
        for name in names or list(Name):
            with out.status(f"measuring {name}"):
                measured = import_module(f"benchmarks.{name.name}").measure(bench)
            for result in measured if isinstance(measured, list) else [measured]:
                results.append(result)
                if result.parts:
                    out.print(_grid(f"{result.name}: where the time goes", result.parts))
        out.print(_summary(results))
        if json_ is not None:
            kept = [{k: getattr(r, k) for k in ("name", "what", "figure", "unit", "ours", "peer")} for r in results]
            limits = [None if math.isinf(r.limit) else r.limit for r in results]
            lines = [{**figure, "limit": limit} for figure, limit in zip(kept, limits, strict=True)]
            json_.write_text(json.dumps(lines, indent=1, ensure_ascii=False) + "\n")
        missed = [result.name for result in results if not result.met]
        out.print(f"Missed: {', '.join(missed)}." if missed else "Every limit is kept.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _landing(folder: Path, days: int) -> str:
    """A landing zone that holds the deliveries of these days; files that lie there already stay."""
    from lakehouse_assets.calendars import DAILY
    from lakehouse_assets.demo.land import land

    landing = os.environ.get("LAKEHOUSE_LANDING") or str(folder / "landing")
    with out.status(f"landing deliveries in {landing}"):
        for _ in land(landing, last=DAILY.keys()[days - 1]):
            pass
    return landing


def _summary(results: list[Result]) -> Table:
    rows = [("measure", "of", "ours", "against", "figure", "limit", "verdict")]
    for r in results:
        sign = "x" if r.unit == "times" else " s"
        limit = "-" if math.isinf(r.limit) else f"{r.limit:g}{sign}"
        rows.append((r.name, r.what, r.ours, r.peer, f"{r.figure:.2f}{sign}", limit, r.verdict))
    return _grid("The lakehouse against its peers", rows)


def _grid(title: str, rows: list[tuple[str, ...]]) -> Table:
    grid = Table(title=title)
    for i, name in enumerate(rows[0]):
        grid.add_column(name, justify="right" if i and name not in ("of", "against", "verdict") else "left")
    for row in rows[1:]:
        grid.add_row(*row)
    return grid


if __name__ == "__main__":
    typer.run(main)
