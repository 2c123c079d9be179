"""`lakehouse sql`: query the lake by table name."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table as Grid

from lakehouse_assets.cli.console import out, plain, warn
from lakehouse_assets.ops.tables import LAYER as OPS
from lakehouse_assets.settings import Settings


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


Query = Annotated[str, typer.Argument(help='For example: "select sum(sales_value) from gold.daily_store_sales".')]
Limit = Annotated[int, typer.Option(min=1, help="Rows shown as a table at most; csv and json print all.")]


def sql(query: Query, format_: Annotated[Format, typer.Option("--format")] = Format.table, limit: Limit = 100) -> None:
    """Query the lake with DuckDB: silver.transactions, quarantine.silver_transactions, ops.check_results."""
    from lakehouse_assets.operate.query import execute

    settings = Settings.from_environment()
    if f"{OPS}." in query.lower():
        from lakehouse_assets.operate.recent import bring_records_up_to_date

        for line in bring_records_up_to_date(settings):
            warn(line)
    result = execute(query, settings)
    if format_ is Format.csv:
        from pyarrow import csv

        csv.write_csv(result, sys.stdout.buffer)
    elif format_ is Format.json:
        import json

        for row in result.to_pylist():
            sys.stdout.write(json.dumps(row, default=str) + "\n")
    else:
        grid = Grid(*(plain(name, None) for name in result.column_names))
        for row in result.slice(0, limit).to_pylist():
            grid.add_row(*("NULL" if value is None else plain(str(value), None) for value in row.values()))
        out.print(grid)
        if result.num_rows > limit:
            out.print(f"{result.num_rows:,} rows, the first {limit} shown; --limit shows more")
