"""What the commands share on the terminal: progress, errors, the table of tables."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

if TYPE_CHECKING:
    from lakehouse_assets.operate.summary import Line

# Into a file or a pipe, lines are as long as most tables need. No emoji: what lies between two colons is data.
out = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120, emoji=False)
errors = Console(stderr=True, emoji=False)


def plain(text: str, most: int | None = 500) -> str:
    """Delivered text on a terminal: no control character of it, no markup, and no more characters than `most`."""
    return escape("".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text[:most]))


def warn(text: str) -> None:
    """Say on the error stream what went less well than asked for."""
    errors.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """Show that work goes on, and each message as a line above; messages of running tables included."""
    from resources import console as run_console

    with errors.status(title) as status:

        def say(text: str) -> None:
            if ": making " in text:
                status.update(text)  # a terminal shows it turning; the line of what came of it follows
            else:
                errors.print(text, markup=False, highlight=False, soft_wrap=True)

        run_console.listener = say
        try:
            yield say
        finally:
            run_console.listener = None


def table_of(lines: list[Line], checks: Mapping[str, tuple[int, int]], seconds: Mapping[str, float]) -> Grid:
    """The lake as a table: rows, checks passed and failed, Delta version, and the seconds of what has just run."""
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    grid.add_column("table", no_wrap=True)
    for name in ("delivered", "accepted", "quarantined", "passed", "failed", "version", "seconds"):
        grid.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        passed, failed = checks.get(line.table, (0, 0))
        grid.add_row(
            line.table,
            f"{line.delivered:,}",
            f"{line.accepted:,}",
            f"{line.quarantined:,}" if line.quarantined else "-",
            f"{passed:,}" if passed else "-",
            f"[yellow]{failed:,}[/]" if failed else "-",
            "-" if line.version is None else str(line.version),
            f"{seconds[line.table]:.1f}" if line.table in seconds else "unchanged",
        )
    return grid
