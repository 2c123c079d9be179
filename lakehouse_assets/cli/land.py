"""`lakehouse land`: the demo's deliveries."""

from __future__ import annotations

from typing import Annotated

import typer

from lakehouse_assets.cli.console import progress
from lakehouse_assets.settings import Settings

First = Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")]
Last = Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD.")]


def land(first: First = None, last: Last = None) -> None:
    """Land the demo's deliveries: a year of a grocer's files. Files that lie there already stay as they are."""
    land_with_progress(Settings.from_environment(), first, last)


def land_with_progress(settings: Settings, first: str | None, last: str | None) -> int:
    """Land, a line for each source; returns how many files were written."""
    from lakehouse_assets.demo.land import land as deliver

    written = 0
    with progress(f"landing deliveries in {settings.landing}") as say:
        for landed in deliver(settings.landing, first=first, last=last):
            written += landed.written
            what = (
                f"{landed.written} of {landed.files} files written, {landed.rows:,} rows" if landed.written else "there"
            )
            say(f"landed {landed.source}: {what}")
    return written
