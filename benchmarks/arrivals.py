"""A look at a landing zone of 100,000 files that are all known, against the listing alone.

`python -m benchmarks.arrivals <root>` prints the seconds as JSON. The listing is Arrow's own, of the same folders; the
ledger is written by one commit that marks every file as held, as a hundred thousand loads would have left it.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.measure import Bench, Result, in_turns, module, tell

LIMIT = 1.2
FILES = 100_000
TABLE = "bronze/transactions"


def measure(bench: Bench) -> Result:
    """The look against the listing."""
    told = module("arrivals", bench.folder / "arrivals", max(bench.turns, 3))
    look, listing = min(told["look"]), min(told["listing"])
    return Result(
        "arrivals",
        f"a sensor's look at {FILES:,} known files",
        look / listing,
        LIMIT,
        "times",
        f"{look:.2f} s",
        f"listing them {listing:.2f} s",
    )


def main(root: str, turns: str) -> None:
    """Land, mark as held, look."""
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.settings import Settings
    from lakehouse_assets.storage import place
    from sensors.looking import look

    here = Path(root)
    settings = Settings(here, str(here / "lake"), str(here / "landing"), "embedded")
    table = find_table(TABLE)
    days = table.calendar.keys()
    _land(here / "landing" / "transactions", days)
    _hold(table, settings)

    def looking() -> float:
        begun = time.perf_counter()
        seen = look(table, settings, datetime.now(UTC))
        assert not seen.due
        return time.perf_counter() - begun

    def listing() -> float:
        begun = time.perf_counter()
        zone = place(settings.landing)
        found = sum(len(zone.files(below=f"transactions/{day}", recursive=False)) for day in days)
        assert found == FILES
        return time.perf_counter() - begun

    looking()
    sides = in_turns(int(turns), looking, listing)
    tell({"look": sides[0], "listing": sides[1]})


def _land(folder: Path, days: tuple[str, ...]) -> None:
    then = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
    for i in range(FILES):
        path = folder / days[i % len(days)] / f"{i:06d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (then, then))


def _hold(table: object, settings: object) -> None:
    """One commit that marks every file as held, without its rows: a look reads none."""
    from lakehouse_assets.ingest.ledger import made_from, seen_in
    from lakehouse_assets.ingest.provenance import bronze_schema
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.publish.commit import Change, commit
    from lakehouse_assets.publish.marks import FILE, MADE, SEEN
    from lakehouse_assets.publish.ranges import Range

    marks: dict[str, int] = {}
    for slot, files in Lake(settings).deliveries(table).items():
        marks |= {FILE + file.name: 1 for file in files}
        marks[MADE + slot] = made_from(table.code_version, {file.name: 1 for file in files})
        marks[SEEN + slot] = seen_in(files)
    range_ = Range(table.calendar.column, table.calendar.keys())
    schema = bronze_schema(table.schema, table.calendar.column)
    commit(settings.table_url(table.layer, table.name), Change(range_, (), schema, {}, marks))


if __name__ == "__main__":
    main(*sys.argv[1:])
