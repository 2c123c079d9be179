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
from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.operate.words import some
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
Limit = Annotated[int, typer.Option(min=1, help="Rows shown at most.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, all rows.")]


class UnknownRuleError(LakehouseError):
    """A rule that the table does not have."""


@app.command("list")
def list_(names: Names = None) -> None:
    """Show how many rows are in quarantine, by table and rule."""
    from lakehouse_assets.operate.plan import select

    grid = Grid("table", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("rule", "rows", "partitions", "judged last"):
        grid.add_column(column, justify="left" if column == "rule" else "right")
    for table in select(names or []):
        rows = _held(table, None).select(["_partition", "_failed", "_judged_at"]).to_pylist()
        rules = Counter(rule for row in rows for rule in row["_failed"] or ())
        for rule, count in rules.most_common():
            broken = [row for row in rows if rule in (row["_failed"] or ())]
            last = max(row["_judged_at"] for row in broken)
            slots = {row["_partition"] for row in broken}
            grid.add_row(table.id, rule, f"{count:,}", str(len(slots)), f"{last:%Y-%m-%d %H:%M}")
    out.print(grid if grid.row_count else "Nothing is in quarantine.")


@app.command()
def show(name: Name, days: Days = None, rule: Broken = None, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Show quarantined rows: the rules they broke, where they came from, and as they came."""
    from lakehouse_assets.catalog import table as find_table

    table = find_table(name)
    _require_rule(table, rule)
    rows = [row for row in _held(table, days).to_pylist() if rule is None or rule in (row["_failed"] or ())]
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
    out.print(f"{some(done.passed, 'row')} published{version}; {done.stayed:,} stay in quarantine")
    _restate(find_table(name), settings)


@app.command()
def drop(name: Name, why: Why, days: Days = None, rule: Broken = None) -> None:
    """Give quarantined rows up for good; a partition that is made again judges its rows again."""
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.replaying import Reason, drop_rows

    table = find_table(name)
    _require_rule(table, rule)
    settings = Settings.from_environment()
    dropped = drop_rows(table, settings, days, rule, Reason(getpass.getuser(), why))
    out.print(f"{some(dropped, 'row')} dropped")
    _restate(table, settings)


def _restate(table: Table, settings: Settings) -> None:
    """Let Dagster's check pages say what is in quarantine now."""
    from lakehouse_assets.orchestration.restating import restate
    from resources.dagster_home import open_instance

    with open_instance(settings) as instance:
        restate(table, settings, instance)


def _require_rule(table: Table, rule: str | None) -> None:
    """Raise UnknownRuleError for a name that neither the contract nor any row in quarantine knows."""
    if rule is None:
        return
    known = {one.id for one in table.rules.errors}
    if rule in known:
        return
    known |= {broken for failed in _held(table, None)["_failed"].to_pylist() for broken in failed or ()}
    if rule not in known:
        raise UnknownRuleError(
            f"no rule of {table.id} that sets rows apart is called {rule!r}",
            remedy=f"they are: {', '.join(sorted(known)) or 'none'}",
        )


def _held(table: Table, days: list[str] | None) -> pa.Table:
    from lakehouse_assets.declare.targets import range_of, target_of
    from lakehouse_assets.publish.quarantine import quarantined

    settings = Settings.from_environment()
    slots = range_of(table, days).slots if days else None
    target = target_of(table, settings)
    return quarantined(target.url, target.quarantine_url, slots)
