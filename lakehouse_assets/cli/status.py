"""`lakehouse status`: what the lake holds, and what somebody should look at."""

from __future__ import annotations

import gc
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import out
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from lakehouse_assets.operate.state import State

COMMITS = 20  # of each table's log that are looked at for when it was made


def status() -> None:
    """Show what each table holds, and what is late, refused, out of date, rejected or unmaintained."""
    gc.disable()  # what imports make lives until the end; looking for garbage among it is a tenth of this command
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.operate.attention import concerns
    from lakehouse_assets.operate.checks import failed_checks
    from lakehouse_assets.operate.state import look

    settings, now = Settings.from_environment(), datetime.now(UTC)
    states = look(Lake(settings), failed_checks(settings), COMMITS)
    out.print(_overview(states, now, f"{settings.root} ({settings.engine})"))
    grid = Grid("", box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    found = concerns(states, now)
    for concern in found:
        color = "red" if concern.bad else "yellow"
        grid.add_row(f"[{color}]{concern.level}[/]", concern.table, concern.what)
    out.print(grid if found else "Nothing needs attention.")


def _overview(states: list[State], now: datetime, title: str) -> Grid:
    from lakehouse_assets.operate import words

    grid = Grid(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title=title)
    grid.add_column("table", no_wrap=True)
    for name in ("rows", "quarantined", "version", "partitions", "files", "size", "made", "out of date"):
        grid.add_column(name, justify="right", no_wrap=True)
    for state in states:
        grid.add_row(
            state.id,
            f"{state.rows:,}",
            f"{state.rows_quarantined:,}" if state.rows_quarantined else "-",
            "-" if state.version is None else str(state.version),
            f"{len(state.health.rows):,}",
            f"{len(state.health.sizes):,}",
            words.size(state.health.size_bytes),
            words.ago(state.health.made_at, now),
            f"[yellow]{state.stale:,}[/]" if state.stale else "-",
        )
    return grid
