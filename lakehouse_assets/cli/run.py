"""`lakehouse run`: make tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lakehouse_assets.cli.console import out, progress, table_of
from lakehouse_assets.cli.land import First, Last
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from lakehouse_assets.operate.run import Request

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Tables, as silver/transactions, or layers; `+gold/x` also makes what x reads. All without."),
]
Force = Annotated[bool, typer.Option("--force", help="Make good partitions again, too.")]


def run(names: Names = None, first: First = None, last: Last = None, force: Force = False) -> None:
    """Make the tables and partitions that are missing or out of date, through Dagster."""
    from lakehouse_assets.operate.plan import select
    from lakehouse_assets.operate.run import Request

    one_by_one = any("/" in name for name in names or ())
    run_with_progress(Request(select(names or []), first, last, force, one_by_one), Settings.from_environment())


def run_with_progress(request: Request, settings: Settings) -> dict[str, float]:
    """Run, a line for each table, then the table of those asked for; returns the seconds of each that ran."""
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.operate.checks import count_checks
    from lakehouse_assets.operate.run import run as make
    from lakehouse_assets.operate.summary import summarize
    from resources.dagster_home import open_instance
    from resources.engines import engine_of

    engine_of(settings).require_reachable()

    with open_instance(settings) as instance:
        with progress("looking for what is due") as say:
            seconds = make(request, settings, instance, say)
        asked = {table.id for table in request.tables}
        lines = [line for line in summarize(Lake(settings)) if line.table in asked]
        out.print(table_of(lines, count_checks(instance), seconds))
    if not seconds:
        out.print("Nothing to do: every requested partition holds what it would be made from now.")
    return seconds
