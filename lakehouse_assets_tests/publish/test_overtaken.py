"""A writer that another one has overtaken conflicts, or both succeed; nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lakehouse_assets.errors import ConflictError
from lakehouse_assets.publish import commit
from lakehouse_assets.publish.commit import Committed
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.target import Origin
from lakehouse_assets_tests.publish.sales import (
    FIRST,
    THREE_DAYS,
    TUESDAY,
    WEDNESDAY,
    judge_sales,
    publish_sales,
    stored,
    target,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


def overtaken(monkeypatch: pytest.MonkeyPatch, other_writer: Callable[[], object]) -> None:
    """Let another writer publish between our writer's look at the table and its commit."""
    attempt = commit._attempt
    waiting = [other_writer]

    def lose_time_then_attempt(url: str, *arguments: Any) -> Committed:
        if waiting and url.rsplit("/", 2)[1] != "quarantine":
            waiting.pop()()
        return attempt(url, *arguments)

    monkeypatch.setattr(commit, "_attempt", lose_time_then_attempt)


@pytest.mark.parametrize(
    "other_day", [pytest.param(TUESDAY, id="the same partition"), pytest.param(WEDNESDAY, id="another partition")]
)
def test_a_stale_writer_conflicts_or_both_succeed_and_nothing_is_lost(
    spark: SparkSession, lake: Settings, monkeypatch: pytest.MonkeyPatch, other_day: str
) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, THREE_DAYS)
    ours, theirs = (TUESDAY, 50, "ours"), (other_day, 60, "theirs")
    judged = judge_sales(spark, to, [ours], (TUESDAY,))
    overtaken(monkeypatch, lambda: publish_sales(spark, to, [theirs], (other_day,)))
    try:
        publish(judged, Origin("slow"))
    except ConflictError:
        expected, last = [theirs], 1
    else:
        assert other_day != TUESDAY, "a writer who never saw a version has replaced its rows"
        expected, last = [ours, theirs], 2
    gone = {row[0] for row in expected}
    assert stored(to.url) == sorted([row for row in FIRST if row[0] not in gone] + expected, key=str)
    assert version(to.url) == last


def test_the_last_attempt_whose_answer_was_lost_is_no_conflict_and_its_files_stay(
    spark: SparkSession, lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, THREE_DAYS)
    ours = (TUESDAY, 50, "ours")
    judged = judge_sales(spark, to, [ours], (TUESDAY,))
    attempt = commit._attempt

    def lose_the_answer(url: str, *arguments: Any) -> Committed:
        # As a store that took the commit, lost the answer and tells the client's second try that it is there already.
        attempt(url, *arguments)
        raise commit._OvertakenError("already exists")

    monkeypatch.setattr(commit, "_attempt", lose_the_answer)
    monkeypatch.setattr(commit, "ATTEMPTS", 1)
    publish(judged, Origin("r"))
    assert stored(to.url) == sorted([row for row in FIRST if row[0] != TUESDAY] + [ours], key=str)
    assert version(to.url) == 1


def test_of_two_writers_that_create_a_table_at_once_one_conflicts(
    spark: SparkSession, lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = target(lake)
    judged = judge_sales(spark, to, [(TUESDAY, 50, "ours")], (TUESDAY,))
    overtaken(monkeypatch, lambda: publish_sales(spark, to, FIRST, THREE_DAYS))
    with pytest.raises(ConflictError) as conflict:
        publish(judged, Origin("slow"))
    assert not conflict.value.permanent, "trying again helps"
    assert stored(to.url) == FIRST
