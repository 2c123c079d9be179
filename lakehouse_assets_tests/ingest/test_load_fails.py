"""A load that breaks off leaves nothing staged, and a record that cannot be read says on which line it stood."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, Tolerance, bronze, csv
from lakehouse_assets.declare.targets import bronze_of
from lakehouse_assets.errors import ConflictError, LakehouseError
from lakehouse_assets.ingest.hold import hold
from lakehouse_assets.ingest.load import Loaded, load
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.target import Origin
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.landing import no_engine, put

DAY = "2017-01-01"


@bronze(csv("callers"), partitions=DAILY, tolerance=Tolerance(share=1.0), unreadable="quarantined")
class Callers(Contract):
    """Who called."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


def deliver(lake: Settings, name: str, text: str) -> Path:
    return put(lake, f"callers/{DAY}/{name}", text)


@bronze(csv("callers"), partitions=DAILY)
class Refusing(Contract):
    """Who called, and when; each file must say both."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)
    when: T.StringType = Field(nullable=True)


def test_files_that_lack_a_column_that_was_declared_later_are_named_and_the_rows_stay(lake: Settings) -> None:
    deliver(lake, "a.csv", "store,who\n1,ann\n")
    make(Callers, lake, no_engine, [DAY], "r")
    with pytest.raises(LakehouseError, match=r"a\.csv: columns \['when'\] are missing"):
        make(replace(Refusing, name=Callers.name), lake, no_engine, [DAY], "r")
    stored = Snapshot.of(lake.table_url("bronze", "callers")).table
    assert stored is not None
    assert stored.count() == 1


def test_a_file_that_vanishes_while_others_are_read_leaves_nothing_staged(lake: Settings) -> None:
    paths = [deliver(lake, f"{n:02d}.csv", "store,who\n" + "1,ann\n" * 20_000) for n in range(12)]
    seen = Lake(lake)
    arrivals = list(seen.arrivals(Callers, [DAY]).values())
    paths[0].unlink()
    others = set(threading.enumerate())  # such as those of clients of an engine, which never end
    with pytest.raises(LakehouseError, match=r"00\.csv"):
        load(bronze_of(Callers, lake), arrivals, seen.seen(Callers), "r")
    for thread in set(threading.enumerate()) - others:
        thread.join(60)
    assert list(Path(lake.root).rglob("*.parquet")) == []


def test_a_record_that_cannot_be_read_says_its_line_and_a_file_its_size_and_time(lake: Settings) -> None:
    deliver(lake, "a.csv", "store,who\n1,ann\n1,2,3\n")
    bad = deliver(lake, "b.csv", "nothing,here\n1,2\n")
    make(Callers, lake, no_engine, [DAY], "r")
    held = current(lake.quarantine_url("bronze", "callers"), Snapshot.of(lake.table_url("bronze", "callers")).marks)
    record, file = sorted(held.to_pylist(), key=lambda row: row["_source_file"])
    assert record["_reason"].startswith("line 3: ")
    assert (record["_raw"], record["_source_row"]) == ("1,2,3", 2)
    assert f"({bad.stat().st_size} bytes, modified " in file["_reason"]
    assert (file["_raw"], file["_source_row"], file["_failed"]) == (None, None, ["file__readable"])


def test_holding_a_load_back_conflicts_where_another_writer_was_faster(lake: Settings) -> None:
    deliver(lake, "a.csv", "store,who\n1,ann\n")
    make(Callers, lake, no_engine, [DAY], "r")
    early = Snapshot.of(lake.table_url("bronze", "callers"))
    deliver(lake, "b.csv", "store,who\n1,bob\n1,2,3\n")
    make(Callers, lake, no_engine, [DAY], "faster")
    seen = Lake(lake)
    (delivery,) = (one for one in seen.deliveries(Callers, [DAY])[DAY] if one.name.endswith("a.csv"))
    with pytest.raises(ConflictError):
        hold(bronze_of(Callers, lake), [Loaded(delivery, 1, 0, 0, unreadable="torn")], early, Origin("slower"))
    now = Snapshot.of(lake.table_url("bronze", "callers"))
    held = current(lake.quarantine_url("bronze", "callers"), now.marks)
    assert (now.version, held["_run_id"].to_pylist()) == (1, ["faster"])
