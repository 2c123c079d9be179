"""A look at a landing zone of 100,000 files that are all known, against a plain listing that tells path, size and time.

`python -m benchmarks.arrivals <root> <turns>` prints the seconds as JSON. The ledger is written by one commit that
marks every file as held, as a hundred thousand loads would have left it. On disk the listing is the faster of Arrow's
and Python's own; in S3, where the files are fewer, of boto3's and obstore's. The first look of a process compares every
file with the ledger, the others only what differs from the look before; the first after a load reads the ledger again.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Bench, Result, in_turns, module, tell

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

LIMIT = 1.2
FILES, STORED_FILES = 100_000, 10_000
TABLE = "bronze/transactions"


def measure(bench: Bench) -> list[Result]:
    """The look against the listing, on disk and in S3."""
    from lakehouse_assets_tests.stores.s3 import s3_server

    folder = bench.folder / "arrivals"
    (folder / "server").mkdir(parents=True)
    turns = max(bench.turns, 5)
    on_disk = _result("arrivals", FILES, "", module("arrivals", folder / "disk", turns))
    with s3_server(folder / "server") as store:
        told = module("arrivals", folder / "s3", turns, store.url, environment=store.environment)
    return [on_disk, _result("arrivals in S3", STORED_FILES, " in S3", told)]


def _result(name: str, files: int, where: str, told: dict[str, list[float]]) -> Result:
    look, first, loaded = min(told["look"]), told["first"][0], min(told["loaded"])
    listing, one = min(told["listing"]), min(told["another listing"])
    return Result(
        name,
        f"a sensor's look at {files:,} known files{where}",
        look / min(listing, one),
        LIMIT,
        "times",
        f"{look:.2f} s",
        f"listing them {min(listing, one):.2f} s",
        [
            ("part", "seconds"),
            ("the first look, which compares every file", f"{first:.2f}"),
            ("the first after a load", f"{loaded:.2f}"),
            ("the others", f"{look:.2f}"),
            ("listing by Arrow, or obstore", f"{listing:.2f}"),
            ("listing by os.scandir, or boto3", f"{one:.2f}"),
        ],
    )


def main(root: str, turns: str, store: str = "") -> None:
    """Land, mark as held, look."""
    from lakehouse_assets.catalog import table as find_table
    from lakehouse_assets.settings import Settings
    from sensors.looking import look
    from sensors.quiet import Quiet

    here, table = Path(root), find_table(TABLE)
    settings = Settings(here, str(here / "lake"), store or str(here / "landing"), "embedded")
    count = STORED_FILES if store else FILES
    folder = f"{settings.landing}/{table.source.folder}"
    _land(folder, table.calendar.keys(), count)
    _hold(table, settings, table.calendar.keys())
    quiet = Quiet()

    def looking() -> None:
        assert not look(table, settings, datetime.now(UTC), quiet=quiet).due

    def listing() -> None:
        assert len((_by_obstore if store else _by_arrow)(folder)) == count

    def another() -> None:
        assert len((_by_boto3 if store else _by_scandir)(folder)) == count

    def after_a_load() -> float:
        _hold(table, settings, table.calendar.keys()[:1])
        return _seconds(looking)

    first = _seconds(looking)
    sides = in_turns(int(turns), *(lambda f=f: _seconds(f) for f in (looking, listing, another)))
    loaded = [after_a_load() for _ in range(3)]
    tell({"look": sides[0], "listing": sides[1], "another listing": sides[2], "first": [first], "loaded": loaded})


def _seconds(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


Listed = list[tuple[str, int, object]]


def _by_arrow(folder: str) -> Listed:
    from pyarrow.fs import FileSelector, LocalFileSystem

    found = LocalFileSystem().get_file_info(FileSelector(folder, recursive=True))
    return [(info.path, info.size, info.mtime_ns) for info in found if info.size is not None]


def _by_scandir(folder: str) -> Listed:
    found = []
    for day in os.scandir(folder):
        for file in os.scandir(day.path):
            stat = file.stat()
            found.append((file.path, stat.st_size, stat.st_mtime_ns))
    return found


def _by_obstore(folder: str) -> Listed:
    import obstore

    from lakehouse_assets.storage import place

    objects, prefix = place(folder).system.handler.store, folder.removeprefix("s3://").partition("/")[2]
    pages = obstore.list(objects, prefix, chunk_size=1_000)
    return [(meta["path"], meta["size"], meta["last_modified"]) for page in pages for meta in page]


def _by_boto3(folder: str) -> Listed:
    import boto3

    bucket, _, prefix = folder.removeprefix("s3://").partition("/")
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    return [(found["Key"], found["Size"], found["LastModified"]) for page in pages for found in page["Contents"]]


def _land(folder: str, days: tuple[str, ...], count: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from lakehouse_assets_tests.stores import outside

    then = (datetime.now(UTC) - timedelta(hours=1)).timestamp()

    def put(i: int) -> None:
        url = f"{folder}/{days[i % len(days)]}/{i:06d}.csv"
        outside.write(url, b"x")
        if "://" not in url:
            os.utime(url, (then, then))

    with ThreadPoolExecutor(1 if "://" not in folder else 8) as pool:
        list(pool.map(put, range(count)))


def _hold(table: Table, settings: Settings, days: tuple[str, ...]) -> None:
    """One commit that marks every file of these days as held, without its rows: a look reads none."""
    from lakehouse_assets.ingest.ledger import made_from, seen_in
    from lakehouse_assets.ingest.provenance import bronze_schema
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.publish.commit import Change, commit
    from lakehouse_assets.publish.marks import FILE, MADE, SEEN
    from lakehouse_assets.publish.ranges import Range

    marks: dict[str, int] = {}
    for slot, files in Lake(settings).deliveries(table, days).items():
        marks |= {FILE + file.name: 1 for file in files}
        marks[MADE + slot] = made_from(table.code_version, {file.name: 1 for file in files})
        marks[SEEN + slot] = seen_in(files)
    range_ = Range(table.calendar.column, days)
    schema = bronze_schema(table.schema, table.calendar.column)
    commit(settings.table_url(table.layer, table.name), Change(range_, (), schema, {}, marks))


if __name__ == "__main__":
    main(*sys.argv[1:])
