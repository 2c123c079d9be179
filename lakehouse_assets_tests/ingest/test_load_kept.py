"""What stays of a partition when some of its files are loaded anew, what is counted of it and what the commit says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, Table, Tolerance, bronze, csv
from lakehouse_assets.declare.targets import target_of
from lakehouse_assets.ingest import load as module
from lakehouse_assets.ingest.keep import keep
from lakehouse_assets.ingest.ledger import Arrival
from lakehouse_assets.ingest.provenance import bronze_schema
from lakehouse_assets.making import Prepared, RefusedLoadError, make
from lakehouse_assets.publish.judgement import Tally
from lakehouse_assets.publish.publication import Publication
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.staging import read_staging
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.landing import no_engine, put

DAY, NEXT, EMPTY = "2017-01-01", "2017-01-02", "2017-01-03"
HEAD = "store,who\n"


@bronze(csv("guests"), partitions=DAILY, tolerance=Tolerance(share=1.0))
class Guests(Contract):
    """Who came."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


@bronze(csv("guests"), partitions=DAILY, gone="withdrawn", unreadable="quarantined", tolerance=Tolerance(share=1.0))
class Present(Contract):
    """Who is there, as the landing zone says now."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


@bronze(csv("guests"), gone="withdrawn", tolerance=Tolerance(share=1.0))
class Whole(Contract):
    """Who came, of no day."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


def deliver(lake: Settings, name: str, text: str, day: str = DAY) -> Path:
    return put(lake, f"guests/{day}/{name}", text)


def guests(*names: str, bad: int = 0) -> str:
    return HEAD + "".join(f"1,{name}\n" for name in names) + "1,2,3\n" * bad


def run(
    lake: Settings, table: Table, *days: str, run_id: str = "r", force: bool = False
) -> tuple[Prepared, Publication | None]:
    return make(table, lake, no_engine, days or ([DAY] if table.calendar else []), run_id, force=force)


def stored(lake: Settings, name: str) -> list[str]:
    return sorted(DeltaTable(f"{lake.root}/bronze/{name}").to_pyarrow_table()["who"].to_pylist())


def quarantined(lake: Settings, name: str) -> list[str]:
    marks = Snapshot.of(lake.table_url("bronze", name)).marks
    return sorted(current(lake.quarantine_url("bronze", name), marks)["_source_file"].to_pylist())


def told(lake: Settings, name: str) -> dict[str, Any]:
    return json.loads(DeltaTable(f"{lake.root}/bronze/{name}").history(1)[0]["lakehouse"])


def staged(lake: Settings, name: str) -> set[str]:
    """The folders beside those of the log that hold no file of the current version."""
    root = Path(lake.root, "bronze", name)
    named = {Path(uri).relative_to(root).parts[0] for uri in DeltaTable(str(root)).file_uris()}
    return {p.name for p in root.iterdir() if p.is_dir()} - named - {"_delta_log"}


def test_rows_that_stay_are_counted_with_those_that_are_new(lake: Settings) -> None:
    deliver(lake, "a.csv", guests("ann", "abe", bad=1))
    run(lake, Guests)
    deliver(lake, "b.csv", guests("bob", bad=2))
    _, published = run(lake, Guests)
    assert published is not None
    assert published.judgement.tallies == {DAY: Tally(6, 3, 3, {"record__readable": 3})}
    assert (told(lake, "guests")["files_read"], told(lake, "guests")["files_kept"]) == (1, 1)
    assert (told(lake, "guests")["delivered"], told(lake, "guests")["quarantined"]) == (6, 3)
    assert quarantined(lake, "guests") == [f"guests/{DAY}/a.csv"] + [f"guests/{DAY}/b.csv"] * 2


def test_partitions_without_news_are_counted_as_they_are_stored(lake: Settings) -> None:
    deliver(lake, "a.csv", guests("ann", "abe", bad=1))
    deliver(lake, "a.csv", guests("cid"), day=NEXT)
    deliver(lake, "a.csv", HEAD, day=EMPTY)
    run(lake, Guests, DAY, NEXT, EMPTY)
    deliver(lake, "b.csv", guests("dan"), day=NEXT)
    prepared, published = run(lake, Guests, DAY, NEXT, EMPTY)
    assert prepared.unchanged == {DAY: Tally(3, 2, 1, {"record__readable": 1}), EMPTY: Tally(0, 0, 0, {})}
    assert published is not None
    assert published.judgement.tallies == {NEXT: Tally(2, 2, 0, {})}


@pytest.mark.parametrize("compacted", [False, True])
def test_of_a_changed_file_and_one_that_stays_the_right_rows_stay(lake: Settings, compacted: bool) -> None:
    deliver(lake, "o'brien.csv", guests("ann", bad=1))
    deliver(lake, "b.csv", guests("bob", bad=1))
    deliver(lake, "b.csv", guests("cid"), day=NEXT)
    run(lake, Guests, DAY, NEXT)
    if compacted:
        DeltaTable(f"{lake.root}/bronze/guests").optimize.compact()
    deliver(lake, "b.csv", guests("eve"))
    _, published = run(lake, Guests, DAY, NEXT)
    assert stored(lake, "guests") == ["ann", "cid", "eve"]
    assert quarantined(lake, "guests") == [f"guests/{DAY}/o'brien.csv"]
    assert published is not None
    assert published.judgement.tallies == {DAY: Tally(3, 2, 1, {"record__readable": 1})}


def test_of_files_that_compaction_has_joined_the_rows_stay_of_as_many_as_there_are(lake: Settings) -> None:
    deliver(lake, "a.csv", guests("ann"), "")
    deliver(lake, "b.csv", guests("bob"), "")
    run(lake, Whole)
    target = target_of(Whole, lake)
    DeltaTable(target.url).optimize.compact()
    same = {"guests/a.csv": 1, **{f"guests/none-{n}.csv": 1 for n in range(100_000)}}  # most of them without a row
    kept = keep(target, [Arrival("", same=same)], Snapshot.of(target.url), "copied", bronze_schema(target.schema, None))
    assert kept.rows.files == frozenset()
    assert [file.rows for file in read_staging(target.url, "copied").files] == [1]


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize(("table", "name"), [(Present, "present"), (Whole, "whole")])
def test_with_a_file_that_is_gone_its_rows_leave_the_table_and_the_quarantine(
    lake: Settings, table: Table, name: str, compacted: bool
) -> None:
    day = DAY if table.calendar else ""
    deliver(lake, "a.csv", guests("ann"), day)
    gone = deliver(lake, "b.csv", guests("bob", bad=1), day)
    run(lake, table)
    if compacted:
        DeltaTable(f"{lake.root}/bronze/{name}").optimize.compact()
    gone.unlink()
    run(lake, table)
    assert (stored(lake, name), quarantined(lake, name)) == (["ann"], [])
    file = "/".join(part for part in ("guests", day, "b.csv") if part)
    assert told(lake, name)["files_gone"] == [file]
    assert run(lake, table)[1] is None
    deliver(lake, "b.csv", guests("bob"), day)
    run(lake, table)
    assert stored(lake, name) == ["ann", "bob"]


def test_loading_all_files_by_force_withdraws_those_that_are_gone_where_the_table_says_so_and_keeps_them_elsewhere(
    lake: Settings,
) -> None:
    deliver(lake, "a.csv", guests("ann"))
    gone = deliver(lake, "b.csv", guests("bob"))
    for table in (Guests, Present):
        run(lake, table)
    gone.unlink()
    for table in (Guests, Present):
        run(lake, table, force=True)
    assert (stored(lake, "guests"), stored(lake, "present")) == (["ann", "bob"], ["ann"])


def test_the_commit_tells_of_each_file_when_it_came_and_what_was_in_it(lake: Settings) -> None:
    path = deliver(lake, "a.csv", guests("ann"))
    os.utime(path, (1_483_228_800, 1_483_228_800))
    deliver(lake, "b.csv", "nothing,here\n1,2\n")
    run(lake, Present)
    files = told(lake, "present")["files"]
    good, bad = files[f"guests/{DAY}/a.csv"], files[f"guests/{DAY}/b.csv"]
    assert good["modified"] == "2017-01-01T00:00:00+00:00"
    assert len(good["content"]) == 16
    assert good["content"] != bad["content"]
    assert ("unreadable" in good, "who" in bad["unreadable"], bad["rows"]) == (False, True, 0)
    assert "files_gone" not in told(lake, "present")


def test_of_very_many_files_the_commit_tells_the_number_alone(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 2)
    paths = [deliver(lake, f"{n}.csv", guests(f"g{n}")) for n in range(3)]
    run(lake, Present)
    assert (told(lake, "present")["files_read"], "files" in told(lake, "present")) == (3, False)
    for path in paths:
        path.unlink()
    for n in "xy":
        deliver(lake, f"{n}.csv", guests(n))
    run(lake, Present)
    assert len(told(lake, "present")["files"]) == 2
    assert told(lake, "present")["files_gone"] == [f"guests/{DAY}/{n}.csv" for n in range(2)]


@pytest.mark.parametrize(("bad", "more"), [(5, ""), (6, " and 1 more"), (12, " and 7 more")])
def test_files_that_cannot_be_read_are_named_up_to_five_and_nothing_stays_staged(
    lake: Settings, bad: int, more: str
) -> None:
    deliver(lake, "a.csv", guests("ann"))
    run(lake, Guests)
    deliver(lake, "good.csv", guests("bob"))
    for n in range(bad):
        deliver(lake, f"bad{n}.csv", "nothing,here\n1,2\n")
    with pytest.raises(RefusedLoadError) as error:
        run(lake, Guests)
    assert error.value.what.startswith(f"{bad} of its files cannot be read, so nothing was loaded: guests/{DAY}/bad0")
    assert (error.value.what.count(".csv: "), error.value.what.endswith(more)) == (5, True)
    assert (" more" in error.value.what) == bool(more)
    assert error.value.where == f"bronze/guests from {lake.landing}/guests"
    assert 'declare unreadable="quarantined"' in error.value.remedy
    assert (stored(lake, "guests"), staged(lake, "guests")) == (["ann"], set())


def test_holding_a_load_back_keeps_what_is_quarantined_already_and_says_so(lake: Settings) -> None:
    deliver(lake, "a.csv", guests("ann", bad=1))
    run(lake, Guests)
    for n in range(3):  # each try replaces what the one before put there
        deliver(lake, f"b{n}.csv", "nothing,here\n1,2\n")
        with pytest.raises(RefusedLoadError):
            run(lake, Guests, run_id=f"try {n}")
    bad = [f"guests/{DAY}/b{n}.csv" for n in range(3)]
    assert quarantined(lake, "guests") == [f"guests/{DAY}/a.csv", *bad]
    assert DeltaTable(lake.quarantine_url("bronze", "guests")).to_pyarrow_table().num_rows == 4
    said = told(lake, "guests")
    assert (said["run_id"], said["range"], said["held_back"]) == ("try 2", DAY, True)
    assert sorted(said["files_unreadable"]) == bad
    assert stored(lake, "guests") == ["ann"]


def test_a_table_that_begins_with_a_load_held_back_is_named_and_described_and_takes_the_next_load(
    lake: Settings,
) -> None:
    path = deliver(lake, "a.csv", "nothing,here\n1,2\n")
    with pytest.raises(RefusedLoadError):
        run(lake, Guests)
    metadata = DeltaTable(f"{lake.root}/bronze/guests").metadata()
    assert (metadata.name, metadata.description, metadata.partition_columns) == (
        "bronze/guests",
        "Who came.",
        ["event_date"],
    )
    path.write_text(guests("ann"))
    run(lake, Guests)
    assert (stored(lake, "guests"), quarantined(lake, "guests")) == (["ann"], [])
