"""`lakehouse quarantine`: what was rejected and why; replay it, or give it up."""

from __future__ import annotations

import getpass
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import out, plain
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.declare.table import Table

app = typer.Typer(no_args_is_help=True, help="Rows that broke their contract: list, show, replay or drop them.")

Name = Annotated[str, typer.Argument(help="A table, as silver/transactions.")]
Names = Annotated[list[str] | None, typer.Argument(help="Tables or layers; all without.")]
Days = Annotated[list[str] | None, typer.Option("--partition", help="A partition, such as 2017-01-31; repeatable.")]
Broken = Annotated[str | None, typer.Option("--rule", help="Only rows that broke this rule.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept in the table's history with your name.")]
Limit = Annotated[int, typer.Option(help="Rows shown at most.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, all rows.")]


@app.command("list")
def list_(names: Names = None) -> None:
    """Show how many rows are in quarantine, by table and rule."""
    from lakehouse_assets.operate.plan import select

    grid = Grid("table", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("rule", "rows", "partitions", "judged last"):
        grid.add_column(column, justify="left" if column == "rule" else "right")
    for table in select(names or []):
        rows = _held(table, None)
        rules = Counter(rule for failed in rows["_failed"].to_pylist() for rule in failed or ())
        last = max(rows["_judged_at"].to_pylist(), default=None)
        for rule, count in rules.most_common():
            slots = {p for p, failed in _pairs(rows) if rule in failed}
            grid.add_row(table.id, rule, f"{count:,}", str(len(slots)), f"{last:%Y-%m-%d %H:%M}" if last else "")
    out.print(grid if grid.row_count else "Nothing is in quarantine.")


@app.command()
def show(name: Name, days: Days = None, rule: Broken = None, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Show quarantined rows: the rules they broke, where they came from, and as they came."""
    from lakehouse_assets.catalog import table as find_table

    rows = [row for row in _held(find_table(name), days).to_pylist() if rule is None or rule in (row["_failed"] or ())]
    if as_json:
        for row in rows:
            sys.stdout.write(json.dumps(row, default=str, ensure_ascii=False) + "\n")
        return
    grid = Grid("partition", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("rules", "from", "as it came"):
        grid.add_column(column, overflow="fold")
    for row in rows[:limit]:
        where = row["_source_file"] or "-"
        where += f" row {row['_source_row']}" if row["_source_row"] is not None else ""
        came = " ".join(part for part in (row["_reason"], row["_raw"]) if part)
        grid.add_row(*map(plain, (row["_partition"] or "-", "\n".join(row["_failed"] or ()), where, came)))
    out.print(grid)
    if len(rows) > limit:
        out.print(f"{len(rows):,} rows, the first {limit} shown; --limit shows more")


@app.command()
def replay(name: Name, why: Why, days: Days = None) -> None:
    """Judge quarantined rows again by today's contract, and publish those that pass."""
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.replaying import Reason, replay_table
    from resources.engines import engine_of
    from resources.engines.engine import stop

    settings = Settings.from_environment()
    engine = engine_of(settings)
    try:
        done = replay_table(
            find_table(name),
            settings,
            lambda: engine.spark_session,
            days,
            Reason(getpass.getuser(), why),
            stage=engine.stage,
        )
    finally:
        stop()
    version = f", version {done.publication.version}" if done.publication else ""
    out.print(f"{done.passed:,} rows published{version}; {done.stayed:,} stay in quarantine")


@app.command()
def drop(name: Name, why: Why, days: Days = None, rule: Broken = None) -> None:
    """Give quarantined rows up for good; a partition that is made again judges its rows again."""
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.replaying import Reason, drop_rows

    dropped = drop_rows(find_table(name), Settings.from_environment(), days, rule, Reason(getpass.getuser(), why))
    out.print(f"{dropped:,} rows dropped")


def _held(table: Table, days: list[str] | None) -> pa.Table:
    from lakehouse_assets.declare.targets import range_of, target_of
    from lakehouse_assets.publish.quarantine import quarantined

    settings = Settings.from_environment()
    slots = range_of(table, days).slots if days else None
    target = target_of(table, settings)
    return quarantined(target.url, target.quarantine_url, slots)


def _pairs(rows: pa.Table) -> list[tuple[str, list[str]]]:
    return list(zip(rows["_partition"].to_pylist(), rows["_failed"].to_pylist(), strict=True))
