"""A bronze table of eight days, deliveries for it, and what readers see of a lake: shared by these tests."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pyarrow as pa
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, bronze, csv
from lakehouse_assets.declare.partitions import Calendar
from lakehouse_assets.declare.table import Tolerance
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets_tests.stores import outside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.publish.snapshot import Snapshot
    from lakehouse_assets.settings import Settings

Row = tuple[Any, ...]
CALENDAR = Calendar("day", "daily", start=dt.date(2017, 1, 1), end=dt.date(2017, 1, 9))
DAYS = CALENDAR.keys()
ANYTHING = Tolerance(share=1.0)
OF_A_RUN = ("_loaded_at", "_run_id", "_source_modified", "_judged_at", "_publication", "_rules")


@bronze(csv("visits"), partitions=CALENDAR, tolerance=ANYTHING, unreadable="quarantined")
class Visits(Contract):
    """Who came, and how often; a file that cannot be read is set apart."""

    id: T.StringType = Field(nullable=True)
    n: T.StringType = Field(nullable=True)


UNREADABLE = ""  # not even a header line


def csv_of(rows: Iterable[tuple[Any, Any]]) -> str:
    return "id,n\n" + "".join(f"{i},{n}\n" for i, n in rows)


def deliver(lake: Settings, day: str, name: str, text: str, source: str = "visits") -> Path:
    """Put a delivery into the landing zone, wherever that is; the path is one where it is on disk."""
    url = f"{lake.landing}/{source}/{day}/{name}"
    outside.write(url, text.encode())
    return Path(url)


def deliver_days(lake: Settings, days: Iterable[str] = DAYS, version: int = 1) -> None:
    """For each day a file that never changes, one that does, one that cannot be read, one with a line too long."""
    for day in days:
        deliver(lake, day, "a.csv", csv_of((f"{day}-a{i}", i) for i in range(5)))
        deliver(lake, day, "b.csv", csv_of((f"{day}-b{i}", i * version) for i in range(1, 3 + version)))
        deliver(lake, day, "c.csv", UNREADABLE)
        deliver(lake, day, "d.csv", csv_of([(f"{day}-d", f"{version},too many")]))


@dataclass(frozen=True)
class Seen:
    """What a reader sees of one table: its accepted rows and the quarantined ones, in order, without the run's own."""

    accepted: tuple[Row, ...] = ()
    quarantined: tuple[Row, ...] = ()

    @property
    def places(self) -> list[Row]:
        """(file, row) of every row, wherever it is."""
        return sorted([row[-2:] for row in (*self.accepted, *self.quarantined)], key=str)


def seen(table: Table, settings: Settings, slots: Iterable[str] | None = None) -> Seen:
    """A table as its latest version and the quarantine show it; of these partitions, or of all.

    A reader that was overtaken between the two looks again, as `quarantined` does.
    """
    while True:
        now = Lake(settings).seen(table)
        if now.table is None:
            return Seen()
        found = _seen(now, table, settings, slots)
        if Lake(settings).version(table) == now.version:
            return found


def _seen(now: Snapshot, table: Table, settings: Settings, slots: Iterable[str] | None) -> Seen:
    assert now.table is not None
    rows = pa.RecordBatchReader.from_stream(now.table.scan()).read_all()
    apart = current(settings.quarantine_url(table.layer, table.name), now.marks, slots)
    chosen = None if slots is None else set(slots)
    column = table.calendar.column if table.calendar else None
    mine = [r for r in rows.to_pylist() if chosen is None or column is None or str(r[column]) in chosen]
    return Seen(_plain(mine, table.schema.names, column), _plain(apart.to_pylist(), [], "_partition"))


def _plain(rows: list[dict[str, Any]], names: list[str], column: str | None) -> tuple[Row, ...]:
    first = [column] if column and column not in names else []
    last = ["_source_file", "_source_row"]
    middle = names or ["_failed", "_raw"]
    found = [tuple(_text(row.get(name)) for name in (*first, *middle, *last)) for row in rows]
    return tuple(sorted(found, key=str))


def _text(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else str(value) if isinstance(value, dt.date) else value


def no_engine() -> NoReturn:
    raise AssertionError("deliveries are loaded without an engine")


def undisturbed(lake: Settings, days: Sequence[str], version: int = 1) -> Seen:
    """What one load makes of a version of the deliveries, in a lake of its own."""
    name = f"-alone-{len(days)}-{version}"
    alone = dataclasses.replace(lake, root=lake.root + name, landing=lake.landing + name)
    deliver_days(alone, days, version)
    make(Visits, alone, no_engine, days)
    return seen(Visits, alone)


def complete(lake: Settings, days: Sequence[str], expected: Seen) -> None:
    """Run again, and once more: the first completes what was interrupted, the second changes nothing."""
    make(Visits, lake, no_engine, days)
    assert seen(Visits, lake) == expected
    assert len(set(expected.places)) == len(expected.places)
    version = Lake(lake).version(Visits)
    assert make(Visits, lake, no_engine, days)[1] is None
    assert Lake(lake).version(Visits) == version
