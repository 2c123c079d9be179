"""Quarantined rows that today's contract accepts are published, each exactly once; the others stay as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import ConflictError
from lakehouse_assets.publish.cleanup import drop
from lakehouse_assets.publish.frames import load_frame
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.replay import Replay, replay
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.publish.transactions import current_version
from lakehouse_assets_tests.publish.replaying import ROWS, WHY, Lenient, held, replayed
from lakehouse_assets_tests.publish.sales import (
    MONDAY,
    THREE_DAYS,
    TUESDAY,
    WEDNESDAY,
    files_of,
    judge_sales,
    publish_sales,
    quarantined,
    stored,
    target,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


@pytest.fixture
def lenient(spark: SparkSession, lake: Settings) -> Target:
    publish_sales(spark, target(lake), ROWS, THREE_DAYS)
    return target(lake, contract=Lenient)


def test_rows_that_pass_today_join_their_partitions_and_the_others_stay_as_they_are(
    spark: SparkSession, lenient: Target
) -> None:
    before = {row["_raw"]: row for row in held(lenient).to_pylist()}
    done = replayed(spark, lenient)
    assert (done.passed, done.stayed) == (2, 3)
    assert stored(lenient.url) == [
        (MONDAY, -1, "passes today"),
        (MONDAY, 1, "good"),
        (TUESDAY, -2, "passes today"),
    ]
    assert quarantined(lenient) == [
        (MONDAY, -9, "id__gt"),
        (TUESDAY, None, "id__castable id__not_null"),
        (WEDNESDAY, -9, "id__gt"),
    ]
    for row in held(lenient).to_pylist():
        kept = ("_failed", "_run_id", "_rules", "_judged_at", "_source_file")
        assert {name: row[name] for name in kept} == {name: before[row["_raw"]][name] for name in kept}


def test_delivered_is_accepted_and_quarantined_before_and_after(spark: SparkSession, lenient: Target) -> None:
    assert len(stored(lenient.url)) + held(lenient).num_rows == len(ROWS)
    replayed(spark, lenient)
    assert len(stored(lenient.url)) + held(lenient).num_rows == len(ROWS)


def test_what_stays_was_tolerated_once_and_refuses_no_replay_of_what_passes(
    spark: SparkSession, lenient: Target
) -> None:
    strict = replace(lenient, tolerated_share=0.0, tolerated_rows=0)
    assert replayed(spark, strict).passed == 2


def test_a_second_replay_changes_nothing(spark: SparkSession, lenient: Target) -> None:
    replayed(spark, lenient)
    before = current_version(lenient.url), current_version(lenient.quarantine_url)
    again = replayed(spark, lenient)
    assert (again.passed, again.stayed, again.publication) == (0, 3, None)
    assert (current_version(lenient.url), current_version(lenient.quarantine_url)) == before


def test_partitions_that_rows_joined_are_other_ones_to_their_readers_and_made_of_the_same(
    spark: SparkSession, lake: Settings
) -> None:
    made, lenient = {day: number for number, day in enumerate(THREE_DAYS, 1)}, target(lake, contract=Lenient)
    publish(judge_sales(spark, target(lake), ROWS, THREE_DAYS), Origin("run", made=made))
    before = Marks.of(lenient.url, current_version(lenient.url))
    replayed(spark, lenient)
    after = Marks.of(lenient.url, current_version(lenient.url))
    assert [day for day in THREE_DAYS if after.contents(day) != before.contents(day)] == [MONDAY, TUESDAY]
    assert {day: after.made(day) for day in THREE_DAYS} == made


def test_no_file_of_the_table_is_rewritten(spark: SparkSession, lenient: Target) -> None:
    before = files_of(lenient.url)
    replayed(spark, lenient)
    assert before < files_of(lenient.url)


def test_who_and_why_are_in_the_commit(spark: SparkSession, lenient: Target) -> None:
    replayed(spark, lenient)
    said = DeltaTable(lenient.url).history(1)[0]["lakehouse"]
    assert '"who": "ann"' in said
    assert '"why": "negative numbers are returns"' in said
    assert '"replayed": 2' in said


def test_a_replay_that_another_writer_overtook_conflicts_and_changes_nothing(
    spark: SparkSession, lenient: Target, lake: Settings
) -> None:
    rows, seen = held(lenient), Snapshot.of(lenient.url)
    publish_sales(spark, target(lake), [(MONDAY, 7, "new day"), (MONDAY, -8, "new bad")], (MONDAY,))
    before = stored(lenient.url), quarantined(lenient), files_of(lenient.url)
    frame = load_frame(lenient.url, "spark", None, None, lambda: spark)
    with pytest.raises(ConflictError):
        replay(Replay(lenient, rows, seen, frame, {}), Origin("late"), WHY)
    assert (stored(lenient.url), quarantined(lenient), files_of(lenient.url)) == before


def test_a_crash_before_the_commit_leaves_every_row_in_quarantine_and_the_next_replay_completes_it(
    spark: SparkSession, lenient: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lakehouse_assets.publish import publication

    class PowerCutError(BaseException):
        pass

    def cut(*_: object) -> int:
        raise PowerCutError

    before = stored(lenient.url), quarantined(lenient)
    with monkeypatch.context() as patched, pytest.raises(PowerCutError):
        patched.setattr(publication, "commit", cut)
        replayed(spark, lenient)
    assert (stored(lenient.url), quarantined(lenient)) == before
    assert replayed(spark, lenient).passed == 2
    assert len(stored(lenient.url)) + held(lenient).num_rows == len(ROWS)


def test_an_unpartitioned_table_is_replayed_too(spark: SparkSession, lake: Settings) -> None:
    publish_sales(spark, target(lake, column=None), ROWS, None)
    to = target(lake, contract=Lenient, column=None)
    assert replayed(spark, to).passed == 2
    assert [row[1] for row in stored(to.url)] == [-1, 1, -2]
    assert len(quarantined(to)) == 3


def test_dropped_rows_are_gone_and_the_history_says_who_and_why(lenient: Target) -> None:
    marks = Marks.of(lenient.url, current_version(lenient.url))
    assert drop(lenient.quarantine_url, marks.publications([TUESDAY]), "id__castable", WHY) == 1
    assert [row[0] for row in quarantined(lenient)] == [MONDAY, MONDAY, TUESDAY, WEDNESDAY]
    assert drop(lenient.quarantine_url, marks.publications([MONDAY]), None, WHY) == 2
    assert [row[0] for row in quarantined(lenient)] == [TUESDAY, WEDNESDAY]
    assert "negative numbers are returns" in str(DeltaTable(lenient.quarantine_url).history(1)[0])


def test_names_in_rules_and_partitions_that_carry_quotes_drop_nothing_else(lenient: Target) -> None:
    marks = Marks.of(lenient.url, current_version(lenient.url))
    assert drop(lenient.quarantine_url, marks.publications([MONDAY]), "x') OR true --", WHY) == 0
    assert drop(lenient.quarantine_url, {"' OR ''='": 1}, None, WHY) == 0
    assert held(lenient).num_rows == 5
