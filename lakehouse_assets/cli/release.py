"""`lakehouse release` and `lakehouse rollback`: which code and table versions belong together, and the way back."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import out, plain
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from lakehouse_assets.operate.releases.rollback import Rollback

Name = Annotated[str | None, typer.Argument(help="A new name, such as v1.4.0; without, the releases are shown.")]
Known = Annotated[str, typer.Argument(metavar="RELEASE", help="The release to go back to.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept in each table's history with your name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only what would change is shown.")]
First = Annotated[
    bool,
    typer.Option("--first", help="No release came before: a lake without tables is told, and nothing is recorded."),
]


def release(name: Name = None, first: First = False) -> None:
    """Record the code that runs and the version of every table under a name, or show what was released."""
    from lakehouse_assets.maintaining.releases import releases
    from lakehouse_assets.operate.releases.record import published, record
    from lakehouse_assets.publish.build import code_version

    settings = Settings.from_environment()
    if name is not None:
        if first and not published(settings):
            told = f"{settings.root} has no table yet: there is nothing to go back to, and {name} is not recorded"
            out.print(plain(told), highlight=False, soft_wrap=True)
            return
        made, place = record(name, code_version(), settings)
        out.print(f"{made.name}: {len(made.tables)} tables, code {made.code_version}", highlight=False)
        out.print(place, highlight=False, soft_wrap=True)
        return
    grid = Grid("release", "made", box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("tables", justify="right")
    grid.add_column("code", overflow="fold")
    for made in releases(settings.root):
        told = f"{made.made:%Y-%m-%d %H:%M:%S}"
        grid.add_row(plain(made.name), told, str(len(made.tables)), plain(made.code_version))
    out.print(grid)


def rollback(release: Known, why: Why = "", yes: Yes = False) -> None:
    """Show what going back to a release would change; with --yes, do it, all tables or none of them."""
    from lakehouse_assets.operate.releases.rollback import plan, roll_back
    from lakehouse_assets.replaying import Reason

    settings = Settings.from_environment()
    planned = plan(release, settings)
    _show(planned)
    if yes:
        done = roll_back(planned, settings, Reason(getpass.getuser(), why))
        out.print(f"Done: {len(done)} tables are what they were at {planned.release.name}.", highlight=False)
    elif planned.due and not planned.refused:
        out.print("Nothing was changed. Do it with --yes and --why.")
    out.print(f"The code that belongs to them: {plain(planned.release.code_version)}", highlight=False, soft_wrap=True)


def _show(planned: Rollback) -> None:
    grid = Grid("table", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("version now", "goes back to", "rows now", "rows then", "partitions"):
        grid.add_column(column, justify="right")
    for table in planned.due:
        grid.add_row(
            table.target.id,
            str(table.seen),
            str(table.to),
            f"{table.rows_now:,}",
            f"{table.rows_then:,}",
            str(len(table.slots)),
        )
    if planned.due:
        out.print(grid)
    else:
        out.print(f"Every table is what it was at {planned.release.name}.", highlight=False)
    for table_id, why in planned.refused.items():
        out.print(f"{table_id} cannot go back: {plain(why)}", style="red", highlight=False, soft_wrap=True)
    for table_id in planned.younger:
        out.print(f"{table_id} is younger than the release, and stays", highlight=False)
