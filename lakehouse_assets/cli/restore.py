"""`lakehouse restore`: bring an older version of a table back."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table as Grid

from lakehouse_assets.cli.console import out
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from lakehouse_assets.publish.restore import Restoration

SHOWN = 20

Name = Annotated[str, typer.Argument(help="A table, as silver/transactions.")]
To = Annotated[str, typer.Option("--to", help="A version (12), a time (2017-03-01T06:00, UTC) or a release's name.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept in the table's history with your name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without, only what would change is shown.")]


def restore(name: Name, to: To, why: Why = "", yes: Yes = False) -> None:
    """Show what bringing an older version of a table back would change; with --yes, do it, in one commit."""
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.operate.maintenance.restoring import plan_restore, restore_table
    from lakehouse_assets.publish.claim import require_claim
    from lakehouse_assets.replaying import Reason

    table, settings = find_table(name), Settings.from_environment()
    planned = plan_restore(table, settings, to)
    out.print(f"{table.id}: from version {planned.seen} back to version {planned.to}", highlight=False)
    if not planned.changes:
        out.print("Nothing to do: the table holds what it held then.")
        return
    _show(planned)
    if not yes:
        out.print("Nothing was changed. Do it with --yes and --why.")
        return
    require_claim(settings, table.layer)
    version = restore_table(planned, Reason(getpass.getuser(), why), to)
    stale = len(Lake(settings).stale(table))
    again = f"{stale:,} partitions are out of date now: the next run makes them again." if stale else ""
    out.print(f"Done: version {version} is what version {planned.to} was. {again}".rstrip(), highlight=False)


def _show(planned: Restoration) -> None:
    out.print(
        f"{planned.rows_now:,} rows now, {planned.rows_then:,} then; "
        f"{planned.files_back:,} files come back, {planned.files_gone:,} go; "
        f"{len(planned.slots):,} partitions change",
        highlight=False,
    )
    for line in planned.columns:
        out.print(f"column {line}", markup=False, highlight=False)
    if planned.quarantine:
        out.print(f"quarantined rows of {len(planned.quarantine):,} partitions are put back", highlight=False)
    grid = Grid("partition", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("rows now", "rows then", "difference", "files now", "files then"):
        grid.add_column(column, justify="right")
    largest = sorted(planned.slots, key=lambda s: (-abs(s.rows_then - s.rows_now), s.slot))
    for change in largest[:SHOWN]:
        difference = change.rows_then - change.rows_now
        grid.add_row(
            change.slot or "whole table",
            f"{change.rows_now:,}",
            f"{change.rows_then:,}",
            f"{difference:+,}" if difference else "-",
            str(change.files_now),
            str(change.files_then),
        )
    if grid.row_count:
        out.print(grid)
    if len(planned.slots) > SHOWN:
        out.print(f"{len(planned.slots):,} partitions, the {SHOWN} that change most shown", highlight=False)
