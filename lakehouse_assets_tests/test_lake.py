"""Which partitions are out of date: those that do not hold what they would be made from now."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyspark.sql.types import StructType

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.ingest.ledger import made_from, seen_in
from lakehouse_assets.ingest.readers import content_fingerprint
from lakehouse_assets.lake import Lake
from lakehouse_assets.publish.commit import Change, commit
from lakehouse_assets.publish.frames import schema_of, stage_frame
from lakehouse_assets.publish.marks import FILE, MADE, REPLAYED, SEEN, number_of
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.storage import place
from lakehouse_assets_tests.landing import put

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

NEW_YEAR, SECOND, THIRD = DAYS = ("2017-01-01", "2017-01-02", "2017-01-03")


def deliver(lake: Settings, name: str, text: str = "household_id\n1\n") -> Path:
    return put(lake, name, text)


def make(lake: Settings, name: str, *slots: str) -> None:
    """Publish these partitions with what they are made from, as a run does; their rows do not matter here."""
    table = find_table(name)
    column = table.calendar.column if table.calendar else None
    slots = slots if column else ("",)
    rows = {"v": [1] * len(slots)} | ({column: [dt.date.fromisoformat(s) for s in slots]} if column else {})
    frame = pa.table(rows)
    to = Target(
        table.id, lake.table_url(table.layer, table.name), lake.table_url("q", table.name), schema_of(frame), column
    )
    range_ = Range(column, slots) if column else Range.whole()
    judged = stage_frame(frame, to, range_)
    if table.source:
        publish(dataclasses.replace(judged, marks=ledger(lake, table, slots)), Origin("r"))
    else:
        publish(judged, Origin("r", made=Lake(lake).expected(table, slots)))


def ledger(lake: Settings, table: Table, slots: Iterable[str]) -> dict[str, int]:
    """The marks of a bronze table that holds the files that wait for it."""
    marks: dict[str, int] = {}
    for slot in slots:
        files = Lake(lake).deliveries(table).get(slot, [])
        contents = {file.name: content_fingerprint(place(lake.landing).system, file) for file in files}
        marks |= {FILE + name: content for name, content in contents.items()}
        marks |= {SEEN + slot: seen_in(files), MADE + slot: made_from(table.code_version, contents)}
    return marks


def stale(lake: Settings, name: str) -> list[str]:
    """By a view of the lake as it is now."""
    return Lake(lake).stale(find_table(name))


@pytest.fixture
def loaded(lake: Settings) -> Settings:
    """Three days of transactions and the products, made up to silver."""
    for day in DAYS:
        deliver(lake, f"transactions/{day}/till.csv")
    deliver(lake, "products/products.parquet")
    make(lake, "bronze/transactions", *DAYS)
    make(lake, "bronze/products")
    make(lake, "silver/products")
    make(lake, "silver/transactions", *DAYS)
    return lake


def test_of_an_empty_lake_nothing_can_be_made(lake: Settings) -> None:
    view = Lake(lake)
    table = find_table("silver/transactions")
    assert (view.stale(table), view.version(table), view.mark(table, NEW_YEAR)) == ([], None, None)
    assert stale(lake, "bronze/transactions") == []


def test_what_was_delivered_and_never_loaded_is_stale(lake: Settings) -> None:
    deliver(lake, f"transactions/{SECOND}/till.csv")
    deliver(lake, "products/products.parquet")
    assert stale(lake, "bronze/transactions") == [SECOND]
    assert stale(lake, "bronze/products") == [""]
    assert stale(lake, "silver/products") == []  # there is nothing yet to make it from


def test_what_was_made_from_what_is_there_is_not_stale(loaded: Settings) -> None:
    for name in ("bronze/transactions", "bronze/products", "silver/products", "silver/transactions"):
        assert (name, stale(loaded, name)) == (name, [])
    assert Lake(loaded).version(find_table("silver/transactions")) == 0


def test_a_new_file_makes_its_partition_stale_and_no_other(loaded: Settings) -> None:
    deliver(loaded, f"transactions/{SECOND}/late.csv")
    assert stale(loaded, "bronze/transactions") == [SECOND]
    assert stale(loaded, "silver/transactions") == []  # until bronze holds it


def test_a_file_that_is_gone_makes_its_partition_stale_where_its_rows_are_withdrawn_and_only_there(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(loaded, f"transactions/{SECOND}/late.csv")
    make(loaded, "bronze/transactions", SECOND)
    Path(loaded.landing, f"transactions/{SECOND}/late.csv").unlink()
    assert stale(loaded, "bronze/transactions") == []
    monkeypatch.setitem(find_table("bronze/transactions").__dict__, "gone", "withdrawn")
    assert stale(loaded, "bronze/transactions") == [SECOND]


@pytest.mark.parametrize(
    "name", [f"transactions/{SECOND}/.till.csv", f"transactions/{SECOND}/x.csv.part", f"transactions/{SECOND}/_SUCCESS"]
)
def test_a_file_that_is_no_delivery_makes_nothing_stale(loaded: Settings, name: str) -> None:
    deliver(loaded, name)
    assert stale(loaded, "bronze/transactions") == []


def test_a_file_that_changed_makes_its_partition_stale_whatever_its_size_and_time(loaded: Settings) -> None:
    path = deliver(loaded, f"transactions/{THIRD}/till.csv", "household_id\n1\n2\n")
    assert stale(loaded, "bronze/transactions") == [THIRD]
    make(loaded, "bronze/transactions", THIRD)
    assert stale(loaded, "bronze/transactions") == []
    path.write_text("household_id\n3\n4\n")  # the same size, a moment later
    assert stale(loaded, "bronze/transactions") == [THIRD]


def test_a_file_sent_again_unchanged_is_no_news(loaded: Settings) -> None:
    path = Path(loaded.landing, f"transactions/{THIRD}/till.csv")
    os.utime(path, ns=(1, 1))
    assert stale(loaded, "bronze/transactions") == []


def test_an_upstream_partition_made_from_something_new_makes_its_readers_stale(loaded: Settings) -> None:
    deliver(loaded, f"transactions/{SECOND}/late.csv")
    make(loaded, "bronze/transactions", SECOND)
    assert stale(loaded, "silver/transactions") == [SECOND]
    make(loaded, "silver/transactions", SECOND)
    assert stale(loaded, "silver/transactions") == []


def test_an_upstream_partition_made_again_from_the_same_makes_nothing_stale(loaded: Settings) -> None:
    make(loaded, "bronze/transactions", SECOND)
    assert stale(loaded, "silver/transactions") == []


def test_a_replay_makes_the_readers_of_its_partition_stale_and_not_the_partition(loaded: Settings) -> None:
    make(loaded, "gold/daily_store_sales", *DAYS)
    table = find_table("silver/transactions")
    seen = Lake(loaded).seen(table)
    commit(
        seen.url,
        Change(
            Range("event_date", (SECOND,)),
            files=(),
            schema=StructType.fromJson(json.loads(seen.table.schema().to_json())),
            message={},
            marks={REPLAYED + SECOND: 7},
            keep=None,
        ),
    )
    assert stale(loaded, "silver/transactions") == []
    assert stale(loaded, "gold/daily_store_sales") == [SECOND]


def test_a_table_that_rules_refer_to_counts_as_read(loaded: Settings) -> None:
    deliver(loaded, "products/more.parquet")
    make(loaded, "bronze/products")
    make(loaded, "silver/products")
    assert stale(loaded, "silver/transactions") == list(DAYS)


def test_changed_code_makes_its_own_table_stale_and_its_readers_once_it_ran(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bronze: Table = find_table("bronze/transactions")
    monkeypatch.setitem(bronze.__dict__, "code_version", "changed")
    assert stale(loaded, "bronze/transactions") == list(DAYS)
    assert stale(loaded, "silver/transactions") == []
    make(loaded, "bronze/transactions", NEW_YEAR)
    assert stale(loaded, "silver/transactions") == [NEW_YEAR]


def test_a_weekly_table_is_stale_when_one_of_its_days_changed(loaded: Settings) -> None:
    weeks = ["2016-12-26", "2017-01-02"]
    assert stale(loaded, "gold/product_performance") == weeks
    make(loaded, "gold/product_performance", *weeks)
    assert stale(loaded, "gold/product_performance") == []
    for day, due in ((NEW_YEAR, weeks[:1]), (SECOND, weeks), (THIRD, weeks[1:])):  # Monday belongs to both
        deliver(loaded, f"transactions/{day}/late.csv")
        make(loaded, "bronze/transactions", day)
        make(loaded, "silver/transactions", day)
        assert stale(loaded, "gold/product_performance") == due
        make(loaded, "gold/product_performance", *due)


def test_a_day_more_makes_an_unpartitioned_reader_stale(loaded: Settings) -> None:
    for name in ("bronze/households", "silver/households"):
        if name.startswith("bronze"):
            deliver(loaded, f"{find_table(name).source.folder}/file")
        make(loaded, name)
    make(loaded, "gold/household_value")
    assert stale(loaded, "gold/household_value") == []
    deliver(loaded, "transactions/2017-01-04/till.csv")
    make(loaded, "bronze/transactions", "2017-01-04")
    make(loaded, "silver/transactions", "2017-01-04")
    assert stale(loaded, "gold/household_value") == [""]


def test_a_view_keeps_what_it_read(loaded: Settings) -> None:
    view = Lake(loaded)
    assert view.stale(find_table("bronze/transactions")) == []
    deliver(loaded, f"transactions/{SECOND}/late.csv")
    assert view.stale(find_table("bronze/transactions")) == []
    assert stale(loaded, "bronze/transactions") == [SECOND]


def test_a_mark_depends_on_the_code_and_on_which_partitions_were_read() -> None:
    marks = [
        number_of("a", [("d", 1)]),
        number_of("b", [("d", 1)]),
        number_of("a", [("d", 2)]),
        number_of("a", [("e", 1)]),
        number_of("a", [("d", 1)], [("d", 1)]),
        number_of("a", [("d", 1), ("d", 1)]),
    ]
    assert len(set(marks)) == len(marks)
    assert all(0 < mark < 2**63 for mark in marks)
    assert number_of("a", [("d", 1)]) == marks[0]
