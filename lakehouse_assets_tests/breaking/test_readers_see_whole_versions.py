"""Readers beside a writer, and rows that must not come back or get lost between one declaration and the next."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from lakehouse_assets.declare.targets import target_of
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import RefusedLoadError, make
from lakehouse_assets.publish.cleanup import withdraw
from lakehouse_assets.publish.marks import Marks, new_publication, publications_before
from lakehouse_assets.publish.quarantine import append, current, renumbered
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.replaying import Reason, drop_rows, replay_table
from lakehouse_assets_tests.breaking.tables import (
    DAYS,
    UNREADABLE,
    Visits,
    csv_of,
    deliver,
    deliver_days,
    no_engine,
    seen,
    undisturbed,
)
from lakehouse_assets_tests.breaking.workers import PROCESSES, SECONDS, publish_versions

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

FEW = DAYS[:2]
WHY = Reason("ann", "because")


def test_readers_beside_a_writer_only_see_whole_versions_with_their_quarantine(lake: Settings) -> None:
    versions = (1, 2, 3)
    known = [undisturbed(lake, FEW, version) for version in versions]
    deliver_days(lake, FEW)
    make(Visits, lake, no_engine, FEW)
    enough = PROCESSES.Event()
    writer = PROCESSES.Process(target=publish_versions, args=(lake, FEW, versions, 25, enough), daemon=True)
    writer.start()
    looks = 0
    while writer.is_alive():
        there = seen(Visits, lake)
        assert there in known, "rows of one version, quarantine of another"
        looks += 1
        if looks > 10:
            enough.set()
    writer.join(SECONDS)
    assert writer.exitcode == 0
    assert enough.is_set(), f"the writer gave up on a reader that looked {looks} times"


def test_what_was_dropped_does_not_come_back_with_a_replay_of_other_rows(lake: Settings) -> None:
    for day in FEW:
        deliver(lake, day, "a.csv", UNREADABLE)
    make(Visits, lake, no_engine, FEW)
    assert drop_rows(Visits, lake, FEW[:1], None, WHY) == 1
    before = seen(Visits, lake)
    replay_table(Visits, lake, no_engine, None, WHY)
    assert seen(Visits, lake) == before


def test_a_file_that_was_set_apart_stays_so_when_the_table_refuses_such_files_from_now_on(lake: Settings) -> None:
    deliver(lake, DAYS[0], "a.csv", UNREADABLE)
    deliver(lake, DAYS[0], "b.csv", csv_of([(1, 1)]))
    make(Visits, lake, no_engine, DAYS[:1])
    before = seen(Visits, lake)
    refusing = dataclasses.replace(Visits, unreadable="refused")
    deliver(lake, DAYS[0], "c.csv", UNREADABLE)
    with pytest.raises(RefusedLoadError, match=r"c\.csv"):
        make(refusing, lake, no_engine, DAYS[:1])
    there = seen(refusing, lake)
    assert there.accepted == before.accepted
    assert [row[-2][-5:] for row in there.quarantined] == ["a.csv", "c.csv"]


def test_cleaning_up_after_one_run_takes_nothing_that_another_in_progress_carries_on(lake: Settings) -> None:
    """Rows judged days ago stay quarantined with their file; the run that carries them on has not committed yet."""
    deliver(lake, DAYS[0], "a.csv", UNREADABLE)
    make(Visits, lake, no_engine, DAYS[:1])
    url, target = lake.quarantine_url("bronze", "visits"), target_of(Visits, lake)
    first = Lake(lake).marks(Visits)
    DeltaTable(url).update(updates={"_judged_at": "TIMESTAMP '2020-01-01 00:00:00Z'"})
    carried = renumbered(current(url, first), new_publication())
    append(target, carried.to_batches(), {}, carried["_publication"][0].as_py())
    withdraw(target, Range("day", DAYS[:1]), first.publications()[DAYS[0]], Marks(), 1)
    assert DeltaTable(url).to_pyarrow_table().num_rows == 2


def test_what_a_publication_that_died_left_is_taken_out_a_day_later(lake: Settings) -> None:
    deliver(lake, DAYS[0], "a.csv", UNREADABLE)
    make(Visits, lake, no_engine, DAYS[:1])
    url, target = lake.quarantine_url("bronze", "visits"), target_of(Visits, lake)
    marks = Lake(lake).marks(Visits)
    died = publications_before(datetime.now(UTC) - timedelta(days=2)) + 5
    append(target, renumbered(current(url, marks), died).to_batches(), {}, died)
    assert DeltaTable(url).to_pyarrow_table().num_rows == 2
    withdraw(target, Range("day", DAYS[:1]), marks.publications()[DAYS[0]], Marks(), 1)
    assert DeltaTable(url).to_pyarrow_table().num_rows == 1
    assert current(url, marks).num_rows == 1
