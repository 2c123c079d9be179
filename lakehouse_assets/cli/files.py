"""`lakehouse files`: the ledger of a bronze table."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import out, plain
from lakehouse_assets.settings import Settings

Name = Annotated[str, typer.Argument(help="A bronze table, as bronze/transactions.")]
Days = Annotated[list[str] | None, typer.Option("--partition", help="A partition, such as 2017-01-31; repeatable.")]
Limit = Annotated[int, typer.Option(min=1, help="Files shown at most.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, all files.")]


def files(name: Name, days: Days = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """Show which delivered file gave which rows in which version, and what waits, changed or is gone."""
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.declare.targets import range_of
    from lakehouse_assets.operate.files import files as read

    table = find_table(name)
    found = read(table, Settings.from_environment(), range_of(table, days).slots if days else None)
    if as_json:
        for file in found:
            sys.stdout.write(json.dumps(dataclasses.asdict(file), default=str, ensure_ascii=False) + "\n")
        return
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("file", overflow="fold")  # two names that begin alike must not look alike
    for column in ("state", "accepted", "quarantined", "bytes", "modified", "version", "content"):
        grid.add_column(column, justify="left" if column in ("state", "modified", "content") else "right")
    for file in found[:limit]:
        grid.add_row(
            plain(file.name),
            file.state,
            f"{file.accepted:,}",
            f"{file.quarantined:,}" if file.quarantined else "-",
            "-" if file.size_bytes is None else f"{file.size_bytes:,}",
            f"{file.modified:%Y-%m-%d %H:%M:%S}" if file.modified else "-",
            "-" if file.version is None else str(file.version),
            "-" if file.content is None else f"{file.content:016x}",
        )
    out.print(grid)
    if len(found) > limit:
        out.print(f"{len(found):,} files, the first {limit} shown; --limit shows more")
