"""`lakehouse report`: one page that shows how the lake is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lakehouse_assets.cli.console import out, warn
from lakehouse_assets.settings import Settings

To = Annotated[Path | None, typer.Option("--to", help="The file to write; report.html in LAKEHOUSE_HOME by default.")]
Days = Annotated[int, typer.Option(min=1, help="How far cost and slowest steps look back.")]


def report(to: To = None, days: Days = 30) -> None:
    """Write one self-contained HTML page: freshness, volumes, failures, quarantine, health, cost, slowest steps."""
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.operate.recent import bring_records_up_to_date
    from lakehouse_assets.operate.report.facts import gather
    from lakehouse_assets.operate.report.page import render

    settings = Settings.from_environment()
    for line in bring_records_up_to_date(settings):
        warn(line)
    page = render(gather(Lake(settings), days))
    target = to or settings.home / "report.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")
    out.print(f"{target} ({len(page) / 1000:,.0f} kB)", highlight=False, markup=False, soft_wrap=True)
