"""`lakehouse history`: who published which version of a table, and from what."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import out, plain
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from rich.console import JustifyMethod

    from lakehouse_assets.operate.history import Version

Name = Annotated[str, typer.Argument(help="A table, as silver/transactions, or quarantine/silver_transactions.")]
Limit = Annotated[int, typer.Option(min=1, help="Versions shown at most, newest first.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, with everything the commit says.")]

QUARANTINE = "quarantine/"


def history(name: Name, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Show a table's versions: run, partitions, rows, inputs with their versions, rules and code."""
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.operate.history import history as read

    table = find_table(name.removeprefix(QUARANTINE))
    versions = list(read(table, Settings.from_environment(), limit, quarantine=name.startswith(QUARANTINE)))
    if as_json:
        for version in versions:
            line = {"version": version.number, "at": version.at.isoformat(), "operation": version.operation}
            sys.stdout.write(json.dumps({**line, **version.told}, ensure_ascii=False) + "\n")
        return
    grid = Grid("version", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("at", "what", "partitions", "accepted", "quarantined", "from", "rules", "code", "run"):
        justify: JustifyMethod = "right" if column in ("accepted", "quarantined") else "left"
        grid.add_column(column, justify=justify, overflow="fold")
    for version in versions:
        told = version.told
        grid.add_row(
            str(version.number),
            f"{version.at:%Y-%m-%d %H:%M:%S}",
            plain(_what(version)),
            told.get("range", ""),
            _count(told.get("accepted")),
            _count(told.get("quarantined")),
            ", ".join(f"{table} v{number}" for table, number in told.get("inputs", {}).items()) or _files(version),
            told.get("rules", "")[:8],
            told.get("code_version", "")[:8],
            told.get("run_id", "")[:8],
        )
    out.print(grid)


def _what(version: Version) -> str:
    told = version.told
    if told.get("held_back"):
        return f"held back: {len(told.get('files_unreadable', ()))} files unreadable"
    if "restored" in told:
        return f"restore of version {told['restored']['to']} by {told['who']}: {told['why']}"
    if "override" in told:
        return f"{told['maintained']} under the guard by {told['who']}: {told['why']}"
    if "maintained" in told:
        return str(told["maintained"])
    if "dropped" in told:
        return f"drop by {told['who']}: {told['why']}"
    if "replayed" in told:
        return f"replay by {told['who']}: {told['why']}"
    return "publish" if told else version.operation.lower()


def _files(version: Version) -> str:
    read = version.told.get("files_read")
    return "" if read is None else f"{read:,} files"


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
