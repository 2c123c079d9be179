"""From files in the landing zone to bronze rows."""

import dataclasses
import json
import os
from pathlib import Path
from typing import NoReturn

import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, Table, bronze, csv
from lakehouse_assets.errors import DeliveryError
from lakehouse_assets.ingest.deliveries import find_deliveries
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import RefusedLoadError, make
from lakehouse_assets.publish.publication import Publication
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.settings import Settings


@bronze(csv("visits"), partitions=DAILY)
class Visits(Contract):
    """Who came."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


def deliver(lake: Settings, day: str, name: str, text: str, source: str = "visits") -> Path:
    path = Path(lake.landing) / source / day / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def publish_days(lake: Settings, *days: str, table: Table = Visits) -> Publication | None:
    return make(table, lake, no_engine, days, "run-1")[1]


def no_engine() -> NoReturn:
    raise AssertionError("deliveries are loaded without an engine")


def rows(lake: Settings) -> list[dict]:
    table = DeltaTable(f"{lake.root}/bronze/visits").to_pyarrow_table()
    return sorted(table.to_pylist(), key=lambda row: (row["_source_file"], row["_source_row"]))


def test_each_row_says_which_file_and_line_it_came_from(lake: Settings) -> None:
    path = deliver(lake, "2017-01-01", "a.csv", "store,who\n1,ann\n2,bob\n")
    publish_days(lake, "2017-01-01")
    first, second = rows(lake)
    assert (first["who"], first["_source_row"], second["_source_row"]) == ("ann", 1, 2)
    assert first["_source_file"] == "visits/2017-01-01/a.csv"
    assert first["_source_size"] == path.stat().st_size
    assert abs(first["_source_modified"].timestamp() - path.stat().st_mtime) < 0.001
    assert first["_run_id"] == "run-1"
    assert str(first["event_date"]) == "2017-01-01"


def test_a_late_file_joins_its_partition_and_a_changed_one_replaces_its_rows(lake: Settings) -> None:
    deliver(lake, "2017-01-01", "a.csv", "store,who\n1,ann\n")
    publish_days(lake, "2017-01-01")
    deliver(lake, "2017-01-01", "b.csv", "store,who\n1,cid\n")
    deliver(lake, "2017-01-01", "a.csv", "store,who\n1,eve\n")
    publish_days(lake, "2017-01-01")
    assert [row["who"] for row in rows(lake)] == ["eve", "cid"]


def test_loading_a_day_again_leaves_the_other_days_alone(lake: Settings) -> None:
    for day in ("2017-01-01", "2017-01-02"):
        deliver(lake, day, "a.csv", f"store,who\n1,{day}\n")
    publish_days(lake, "2017-01-01", "2017-01-02")
    publish_days(lake, "2017-01-02")
    assert [row["who"] for row in rows(lake)] == ["2017-01-01", "2017-01-02"]


def test_columns_in_another_order_are_found_by_name_and_unknown_ones_are_kept_as_json(lake: Settings) -> None:
    deliver(lake, "2017-01-01", "a.csv", "who,colour,store\nann,red,1\n")
    publish_days(lake, "2017-01-01")
    (row,) = rows(lake)
    assert (row["store"], row["who"], row["_source_extra"]) == ("1", "ann", '{"colour": "red"}')


def test_a_missing_column_is_refused_by_file_and_name_and_no_row_is_published(lake: Settings) -> None:
    deliver(lake, "2017-01-01", "a.csv", "store,who\n1,ann\n")
    deliver(lake, "2017-01-01", "b.csv", "store\n1\n")
    with pytest.raises(DeliveryError, match="who") as error:
        publish_days(lake, "2017-01-01")
    assert "b.csv" in str(error.value)
    assert rows(lake) == []


def test_nothing_delivered_is_an_error_that_says_where_to_look(lake: Settings) -> None:
    with pytest.raises(DeliveryError, match="nothing was delivered for 2017-01-01") as error:
        publish_days(lake, "2017-01-01")
    assert f"{lake.landing}/visits" in str(error.value)


def test_files_that_are_hidden_unfinished_or_markers_are_left_alone(lake: Settings) -> None:
    left = [
        *(".a.csv", "_SUCCESS", "~$a.xlsx", "a.csv~", "A.CSV.TMP"),
        *("a.csv.tmp", "b.csv.part", "b.csv.1a2b3c.partial", "a.csv.filepart", "a.csv.crdownload", "a.csv._COPYING_"),
    ]
    for name in [*left, "c.csv"]:
        deliver(lake, "2017-01-01", name, "store,who\n1,ann\n")
    found = find_deliveries(lake.landing, Visits.source, True)
    assert [delivery.name for delivery in found] == ["visits/2017-01-01/c.csv"]


def test_folders_deeper_or_higher_than_a_partition_are_not_taken_for_one(lake: Settings) -> None:
    deliver(lake, "2017-01-01/deep", "a.csv", "store,who\n1,ann\n")
    (Path(lake.landing) / "visits" / "loose.csv").write_text("store,who\n1,ann\n")
    assert find_deliveries(lake.landing, Visits.source, True) == []


def test_one_listing_of_many_days_finds_the_same_files_as_a_listing_of_each(lake: Settings) -> None:
    days = [f"2017-01-{day:02d}" for day in range(1, 13)]
    for day in days:
        deliver(lake, day, "a.csv", "store,who\n")
    together = find_deliveries(lake.landing, Visits.source, True, days)
    apart = [d for day in days for d in find_deliveries(lake.landing, Visits.source, True, [day])]
    assert together == apart
    assert len(together) == 12


@bronze(csv("visits"), partitions=DAILY, gone="withdrawn", unreadable="quarantined")
class Strict(Contract):
    """Who came, as the landing zone says now."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


@bronze(csv("visits"), partitions=DAILY)
class Wider(Contract):
    """Visits with a column more."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)
    when: T.StringType = Field(nullable=True)


def people(lake: Settings, name: str = "visits") -> list[tuple[str, str]]:
    """(who, run) of every row."""
    rows = DeltaTable(f"{lake.root}/bronze/{name}").to_pyarrow_table().to_pylist()
    return sorted((row["who"], row["_run_id"]) for row in rows)


def rejected(lake: Settings, name: str = "visits") -> list[tuple[str, str | None, str | None]]:
    """(file, rule, text) of the quarantined rows that belong to the table."""
    seen = Snapshot.of(f"{lake.root}/bronze/{name}")
    held = current(f"{lake.root}/quarantine/bronze_{name}", seen.marks).to_pylist()
    return sorted((row["_source_file"].split("/")[-1], row["_failed"][0], row["_raw"]) for row in held)


DAY = "2017-01-01"


def test_loading_the_same_files_again_publishes_nothing(lake: Settings) -> None:
    path = deliver(lake, DAY, "a.csv", "store,who\n1,ann\n")
    assert publish_days(lake, DAY) is not None
    assert publish_days(lake, DAY) is None
    os.utime(path)
    assert publish_days(lake, DAY) is None
    assert DeltaTable(f"{lake.root}/bronze/visits").version() == 0


def test_what_is_not_new_is_counted_all_the_same(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n1,ann\n2,bob\n1,2,3\n" + "3,x\n" * 50)
    deliver(lake, "2017-01-02", "a.csv", "store,who\n1,cid\n")
    publish_days(lake, DAY)
    prepared, published = make(Visits, lake, no_engine, (DAY, "2017-01-02"), "run-2")
    assert published is not None
    assert {slot: (t.accepted, t.quarantined) for slot, t in prepared.report.tallies.items()} == {
        DAY: (52, 1),
        "2017-01-02": (1, 0),
    }
    assert list(published.judgement.tallies) == ["2017-01-02"]


def test_a_changed_file_replaces_exactly_its_rows_and_the_others_are_not_even_rewritten(lake: Settings) -> None:
    for name, who in (("a.csv", "ann"), ("b.csv", "bob"), ("c.csv", "cid")):
        deliver(lake, DAY, name, f"store,who\n1,{who}\n")
    make(Visits, lake, no_engine, [DAY], "first")
    before = set(DeltaTable(f"{lake.root}/bronze/visits").file_uris())
    deliver(lake, DAY, "b.csv", "store,who\n1,eve\n")
    make(Visits, lake, no_engine, [DAY], "second")
    assert people(lake) == [("ann", "first"), ("cid", "first"), ("eve", "second")]
    assert len(before & set(DeltaTable(f"{lake.root}/bronze/visits").file_uris())) == 2


def test_rows_that_stay_are_found_again_after_compaction(lake: Settings) -> None:
    for name, who in (("a.csv", "ann"), ("b.csv", "bob")):
        deliver(lake, DAY, name, f"store,who\n1,{who}\n")
    make(Visits, lake, no_engine, [DAY], "first")
    DeltaTable(f"{lake.root}/bronze/visits").optimize.compact()
    deliver(lake, DAY, "b.csv", "store,who\n1,eve\n")
    make(Visits, lake, no_engine, [DAY], "second")
    assert people(lake) == [("ann", "first"), ("eve", "second")]


def test_the_rows_of_a_file_that_is_gone_are_kept(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n1,ann\n").unlink()
    deliver(lake, DAY, "a.csv", "store,who\n1,ann\n")
    deliver(lake, DAY, "b.csv", "store,who\n1,bob\n1,2,3\n" + "2,x\n" * 30)
    make(Visits, lake, no_engine, [DAY], "first")
    Path(lake.landing, "visits", DAY, "b.csv").unlink()
    assert publish_days(lake, DAY) is None
    deliver(lake, DAY, "a.csv", "store,who\n1,eve\n")
    make(Visits, lake, no_engine, [DAY], "second")
    assert people(lake)[:2] == [("bob", "first"), ("eve", "second")]
    assert len(people(lake)) == 32
    assert rejected(lake) == [("b.csv", "record__readable", "1,2,3")]


def test_the_rows_of_a_file_that_is_gone_are_withdrawn_where_the_table_says_so(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n1,ann\n")
    path = deliver(lake, DAY, "b.csv", "store,who\n1,bob\n")
    make(Strict, lake, no_engine, [DAY], "first")
    path.unlink()
    make(Strict, lake, no_engine, [DAY], "second")
    assert people(lake, "strict") == [("ann", "first")]
    assert make(Strict, lake, no_engine, [DAY], "third")[1] is None
    deliver(lake, DAY, "b.csv", "store,who\n1,bob\n")
    make(Strict, lake, no_engine, [DAY], "fourth")
    assert people(lake, "strict") == [("ann", "first"), ("bob", "fourth")]


def test_kept_rows_take_part_when_the_contract_gets_a_column(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n1,ann\n").rename(Path(lake.landing, "old.csv"))
    deliver(lake, DAY, "b.csv", "store,who,when\n1,bob,noon\n")
    first = dataclasses.replace(Visits, name="wider")
    Path(lake.landing, "old.csv").rename(Path(lake.landing, "visits", DAY, "a.csv"))
    make(first, lake, no_engine, [DAY], "first")
    Path(lake.landing, "visits", DAY, "a.csv").unlink()
    make(Wider, lake, no_engine, [DAY], "second")
    rows = DeltaTable(f"{lake.root}/bronze/wider").to_pyarrow_table().to_pylist()
    assert sorted((row["who"], row["when"], row["_run_id"]) for row in rows) == [
        ("ann", None, "first"),
        ("bob", "noon", "second"),
    ]


def test_a_file_that_cannot_be_read_is_quarantined_and_refuses_the_load(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n1,ann\n")
    publish_days(lake, DAY)
    deliver(lake, DAY, "b.csv", "nothing,here\n1,2\n")
    for _ in range(2):  # a second try changes nothing
        with pytest.raises(RefusedLoadError, match=r"b\.csv"):
            publish_days(lake, DAY)
        assert [(file, rule) for file, rule, _ in rejected(lake)] == [("b.csv", "file__readable")]
    assert [who for who, _ in people(lake)] == ["ann"]
    deliver(lake, DAY, "b.csv", "store,who\n1,bob\n")
    publish_days(lake, DAY)
    assert ([who for who, _ in people(lake)], rejected(lake)) == (["ann", "bob"], [])


def test_of_a_table_that_never_was_an_unreadable_file_is_quarantined_too(lake: Settings) -> None:
    deliver(lake, DAY, "b.csv", "nothing,here\n1,2\n")
    with pytest.raises(RefusedLoadError):
        publish_days(lake, DAY)
    assert (people(lake), [rule for _, rule, _ in rejected(lake)]) == ([], ["file__readable"])
    assert Lake(lake).stale(Visits) == [DAY]


def test_an_unreadable_file_is_quarantined_and_the_rest_loads_where_the_table_says_so(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n" + "1,ann\n" * 30)
    deliver(lake, DAY, "b.csv", "nothing,here\n1,2\n")
    make(Strict, lake, no_engine, [DAY], "first")
    assert len(people(lake, "strict")) == 30
    assert [(file, rule) for file, rule, _ in rejected(lake, "strict")] == [("b.csv", "file__readable")]
    assert make(Strict, lake, no_engine, [DAY], "second")[1] is None


def test_the_commit_says_which_file_gave_which_rows(lake: Settings) -> None:
    path = deliver(lake, DAY, "a.csv", "store,who\n1,ann\n1,2,3\n" + "2,x\n" * 30)
    publish_days(lake, DAY)
    told = json.loads(DeltaTable(f"{lake.root}/bronze/visits").history(1)[0]["lakehouse"])
    entry = told["files"]["visits/2017-01-01/a.csv"]
    assert (entry["rows"], entry["malformed"], entry["size_bytes"]) == (31, 1, path.stat().st_size)
    assert (told["files_read"], told["files_kept"]) == (1, 0)
