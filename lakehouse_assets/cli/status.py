"""`lakehouse status`: what the lake holds and what is out of date."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import out
from lakehouse_assets.settings import Settings


def status() -> None:
    """Show what each table holds, what is out of date, and why rows are in quarantine."""
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.operate.summary import summarize

    settings = Settings.from_environment()
    grid = Grid("table", box=SIMPLE_HEAD, pad_edge=False, title=f"{settings.root} ({settings.engine})")
    for name in ("rows", "quarantined", "version", "partitions", "out of date"):
        grid.add_column(name, justify="right")
    grid.add_column("rules broken in quarantine")
    for line in summarize(Lake(settings)):
        grid.add_row(
            line.table,
            f"{line.accepted:,}",
            f"{line.quarantined:,}" if line.quarantined else "-",
            "never published" if line.version is None else str(line.version),
            str(line.partitions),
            f"[yellow]{line.stale}[/]" if line.stale else "-",
            ", ".join(f"{rule}: {rows:,}" for rule, rows in line.failing.most_common()),
        )
    out.print(grid)
