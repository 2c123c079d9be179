"""`lakehouse demo`: the whole path, from raw files to gold."""

from __future__ import annotations

import time

from lakehouse_assets.cli.console import out
from lakehouse_assets.cli.land import First, Last, land_with_progress
from lakehouse_assets.settings import Settings


def demo(first: First = None, last: Last = None) -> None:
    """Land a year of real deliveries and make every table of them; what is there already is left as it is."""
    from lakehouse_assets.cli.run import run_with_progress
    from lakehouse_assets.operate.plan import select
    from lakehouse_assets.operate.run import Request

    settings = Settings.from_environment()
    started = time.perf_counter()
    written = land_with_progress(settings, first, last)
    seconds = run_with_progress(Request(select([]), first, last, one_by_one=False), settings)
    if written or seconds:
        out.print(f"{time.perf_counter() - started:.0f} seconds. The lake is at {settings.root}", highlight=False)
    else:
        out.print(f"The demo was complete before: nothing was changed in {settings.root}", highlight=False)
    out.print(
        "Next:\n"
        "  make dev                              the Dagster UI over this lake\n"
        "  .venv/bin/lakehouse status            what each table holds, what is in quarantine and why\n"
        '  .venv/bin/lakehouse sql "select store_id, sum(sales_value) from gold.daily_store_sales group by 1 '
        'order by 2 desc limit 5"\n'
        "  .venv/bin/lakehouse run silver --from 2017-03-01 --to 2017-03-31 --force",
        highlight=False,
        markup=False,
    )
