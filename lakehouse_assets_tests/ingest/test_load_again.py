"""A day that is loaded again: what is new takes part, what is as it was stays, what is gone is kept or withdrawn."""

import dataclasses
import os
from pathlib import Path

from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, bronze, csv
from lakehouse_assets.ingest.drift import AGREED
from lakehouse_assets.making import make
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.ingest.visits import (
    DAY,
    Strict,
    Visits,
    deliver,
    no_engine,
    people,
    publish_days,
    rejected,
    rows,
)


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


@bronze(csv("visits"), partitions=DAILY)
class Wider(Contract):
    """Visits with a column more."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)
    when: T.StringType = Field(nullable=True)


@bronze(csv("visits", optional=["when"]), partitions=DAILY)
class Later(Contract):
    """Visits with a column that the sender added later."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)
    when: T.StringType = Field(nullable=True)


def test_a_column_that_the_sender_added_later_joins_and_older_files_have_null_there(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n1,ann\n")
    publish_days(lake, DAY)
    deliver(lake, "2017-01-02", "b.csv", "store,who,when\n1,bob,noon\n")
    later = dataclasses.replace(Later, name="visits")
    prepared, published = make(later, lake, no_engine, (DAY, "2017-01-02"), "run-2")
    assert published is not None
    assert [(row["who"], row["when"], row["_source_extra"]) for row in rows(lake)] == [
        ("ann", None, None),
        ("bob", "noon", None),
    ]
    agreed = [finding for finding in prepared.findings if finding.check == AGREED]
    assert [(finding.slot, finding.passed) for finding in agreed] == [(DAY, True), ("2017-01-02", True)]
    assert publish_days(lake, DAY, "2017-01-02", table=later) is None


def test_loading_the_same_files_again_publishes_nothing(lake: Settings) -> None:
    path = deliver(lake, DAY, "a.csv", "store,who\n1,ann\n")
    assert publish_days(lake, DAY) is not None
    assert publish_days(lake, DAY) is None
    os.utime(path)
    assert publish_days(lake, DAY) is None
    assert DeltaTable(f"{lake.root}/bronze/visits").version() == 0


@bronze(csv("shops/north/visits"), partitions=DAILY)
class Nested(Contract):
    """Visits of a source whose folder lies below others."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


def test_a_source_may_lie_below_other_folders_and_keeps_what_is_gone(lake: Settings) -> None:
    gone = deliver(lake, DAY, "a.csv", "store,who\n1,ann\n", source="shops/north/visits")
    assert publish_days(lake, DAY, table=Nested) is not None
    assert publish_days(lake, DAY, table=Nested) is None
    gone.unlink()
    deliver(lake, DAY, "b.csv", "store,who\n1,bob\n", source="shops/north/visits")
    publish_days(lake, DAY, table=Nested)
    assert [who for who, _ in people(lake, "nested")] == ["ann", "bob"]


def test_columns_that_nobody_agreed_on_are_told_of_as_long_as_rows_hold_them(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who,colour\n1,ann,red\n")
    publish_days(lake, DAY)
    again, published = make(Visits, lake, no_engine, [DAY])
    assert published is None
    deliver(lake, DAY, "b.csv", "store,who\n1,bob\n")
    beside, _ = make(Visits, lake, no_engine, [DAY])
    for looked in (again, beside):
        (agreed,) = (finding for finding in looked.findings if finding.check == AGREED)
        assert (agreed.slot, agreed.passed, agreed.figures["rows_with_more"]) == (DAY, False, 1)


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
