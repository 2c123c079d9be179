"""What a publication says of itself, and what is left behind where it fails."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import ConflictError, ContractError, RefusedError, StorageError
from lakehouse_assets.publish import publication as module
from lakehouse_assets.publish.frames import schema_of, stage_frame
from lakehouse_assets.publish.judge import Judged
from lakehouse_assets.publish.judgement import Judgement, Tally
from lakehouse_assets.publish.marks import MADE, QUARANTINED, Marks
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets_tests.publish.sales import (
    DAYS,
    MONDAY,
    TUESDAY,
    files_on_disk,
    judge_sales,
    publish_sales,
    quarantined,
    stored,
    target,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


def judged(lake: Settings, frame: pa.Table, **options: Any) -> Judged:
    to = Target("gold/t", lake.table_url("gold", "t"), lake.table_url("q", "t"), schema_of(frame), **options)
    return stage_frame(frame, to, Range.whole())


def test_a_publication_says_how_the_columns_changed_and_what_it_wrote(lake: Settings) -> None:
    publish(judged(lake, pa.table({"a": [1]})), Origin("r"))
    done = publish(judged(lake, pa.table({"a": [1], "b": ["x"]}), policy="additive"), Origin("r"))
    assert [line for line in done.columns_changed if "b" in line]
    assert (done.url, str(done.range), done.version, done.files) == (lake.table_url("gold", "t"), "whole table", 1, 1)
    assert done.effort.bytes_written == done.size_bytes


def test_a_publication_says_how_long_its_commit_took_and_its_quarantine_before_and_after(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at, name, seconds in (
        (module.quarantine, "add", 0.05),
        (module, "commit", 0.2),
        (module.cleanup, "withdraw", 0.1),
    ):
        monkeypatch.setattr(at, name, delayed(getattr(at, name), seconds))
    ours, started = judged(lake, pa.table({"a": [1]})), time.perf_counter()
    effort = publish(ours, Origin("r")).effort
    took = time.perf_counter() - started
    assert effort.commit > 0.2
    assert effort.quarantine > 0.05 + 0.1
    assert effort.commit + effort.quarantine < took, "no second is counted twice"


def delayed(act: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    """The same, some seconds later."""

    def late(*arguments: Any) -> Any:
        time.sleep(seconds)
        return act(*arguments)

    return late


def test_a_refusal_names_up_to_five_partitions_the_table_and_what_to_do(lake: Settings) -> None:
    ours = judged(lake, pa.table({"a": [1]}))
    slots = tuple(f"d{n}" for n in range(6))
    range_ = Range("day", slots)
    counts = Judgement(range_, ours.target.rules, dict.fromkeys(slots, Tally(1, 0, 1, {})))
    strict = dataclasses.replace(ours.target, tolerated_share=0.0)
    with pytest.raises(RefusedError) as error:
        publish(dataclasses.replace(ours, target=strict, range=range_, judgement=counts), Origin("r"))
    assert ("partition d4" in error.value.what, "partition d5" in error.value.what) == (True, False)
    assert (error.value.where, "repair the delivery" in error.value.remedy) == ("gold/t", True)
    assert files_on_disk(ours.target.url) == set()


def test_where_rows_would_be_lost_nothing_is_published_and_nothing_stays_staged(lake: Settings) -> None:
    ours = judged(lake, pa.table({"a": [1, 2]}))
    lying = dataclasses.replace(ours.judgement, tallies={"": Tally(3, 3, 0, {})})
    with pytest.raises(ContractError, match="but 2 and 0 would be written"):
        publish(dataclasses.replace(ours, judgement=lying), Origin("r"))
    assert not DeltaTable.is_deltatable(ours.target.url)
    assert files_on_disk(ours.target.url) == set()


@pytest.mark.parametrize(
    ("failure", "removed"),
    [
        pytest.param(ConflictError("overtaken"), True, id="nothing was committed: all is removed"),
        pytest.param(StorageError("no answer"), False, id="it may have been committed: all stays"),
    ],
)
def test_what_was_staged_and_quarantined_is_removed_only_where_nothing_can_have_been_committed(
    spark: SparkSession, lake: Settings, monkeypatch: pytest.MonkeyPatch, failure: Exception, removed: bool
) -> None:
    to = target(lake)
    publish_sales(spark, to, [(MONDAY, 1, "a"), (MONDAY, -1, "b")], (MONDAY,))
    before, files = (stored(to.url), quarantined(to)), files_on_disk(to.url)

    def fail(*_: object) -> None:
        raise failure

    ours = judge_sales(spark, to, [(MONDAY, 2, "c"), (MONDAY, -2, "d")], (MONDAY,))
    with monkeypatch.context() as patched, pytest.raises(type(failure)):
        patched.setattr(module, "commit", fail)
        publish(ours, Origin("late"))
    assert (stored(to.url), quarantined(to)) == before
    assert (files_on_disk(to.url) == files) == removed
    assert DeltaTable(to.quarantine_url).to_pyarrow_table().num_rows == (1 if removed else 2)


def test_the_marks_of_a_commit_are_those_of_its_range_and_no_other(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, [(day, -1, "bad") for day in DAYS[:2]], DAYS[:2])
    before = Marks.of(to.url, 0)
    ours = judge_sales(spark, to, [(MONDAY, 1, "good")], (MONDAY,))
    ours = dataclasses.replace(ours, marks={"more": 3}, facts={"told": 4})
    publish(ours, Origin("r", made={MONDAY: 1, TUESDAY: 2}))
    after = Marks.of(to.url, 1)
    assert (after.made(MONDAY), after.made(TUESDAY), after.numbers["more"]) == (1, None, 3)
    assert after.publications() == {TUESDAY: before.publication(TUESDAY)}
    assert (after.numbers[QUARANTINED + MONDAY], MADE + TUESDAY in after.numbers) == (0, False)
    assert json.loads(DeltaTable(to.url).history(1)[0]["lakehouse"])["told"] == 4
