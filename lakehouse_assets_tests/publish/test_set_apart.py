"""Rows that a contract rejects: a publication bears so many of them, sets them apart, and takes them back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import RefusedError
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.target import Origin
from lakehouse_assets_tests.publish.sales import (
    FIRST,
    MONDAY,
    THREE_DAYS,
    TUESDAY,
    files_on_disk,
    judge_sales,
    publish_sales,
    quarantined,
    stored,
    target,
    version,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


BAD = [(MONDAY, 1, "good"), (MONDAY, 2, "good"), (MONDAY, -1, "bad"), (MONDAY, "x", "bad"), (TUESDAY, 1, "good")]


@pytest.mark.parametrize(
    ("tolerance", "said"),
    [
        pytest.param({"tolerated_share": 0.49}, "2 of 4 rows rejected, more than 49.0%", id="share"),
        pytest.param({"tolerated_rows": 1}, "2 of 4 rows rejected, more than 1", id="rows"),
        pytest.param({"tolerated_share": 0.0}, "2 of 4 rows rejected, more than 0.0%", id="none at all"),
    ],
)
def test_a_refused_publication_leaves_table_and_quarantine_as_they_were(
    spark: SparkSession, lake: Settings, tolerance: dict[str, float], said: str
) -> None:
    generous = target(lake)
    publish_sales(spark, generous, [*FIRST, (MONDAY, -5, "earlier")], THREE_DAYS)
    before = [(version(u), files_on_disk(u)) for u in (generous.url, generous.quarantine_url)]
    judged = judge_sales(spark, dataclasses.replace(generous, **tolerance), BAD, (MONDAY, TUESDAY))
    assert judged.refusals == [f"partition {MONDAY}: {said}"]
    with pytest.raises(RefusedError, match=said):
        publish(judged, Origin("run"))
    assert [(version(u), files_on_disk(u)) for u in (generous.url, generous.quarantine_url)] == before


@pytest.mark.parametrize("tolerance", [{"tolerated_share": 0.5}, {"tolerated_rows": 2}, {}], ids=str)
def test_rejected_rows_within_tolerance_are_set_apart_and_the_rest_is_published(
    spark: SparkSession, lake: Settings, tolerance: dict[str, float]
) -> None:
    to = target(lake, **tolerance)
    published = publish_sales(spark, to, BAD, (MONDAY, TUESDAY))
    assert stored(to.url) == [(MONDAY, 1, "good"), (MONDAY, 2, "good"), (TUESDAY, 1, "good")]
    assert quarantined(to) == [
        (MONDAY, -1, "id__gt"),
        (MONDAY, None, "id__castable id__not_null"),
    ]
    monday, tuesday = published.judgement.tallies[MONDAY], published.judgement.tallies[TUESDAY]
    assert (monday.delivered, monday.accepted, monday.quarantined) == (4, 2, 2)
    assert (tuesday.delivered, tuesday.accepted, tuesday.quarantined) == (1, 1, 0)
    assert {rule: n for rule, n in monday.failures.items() if n} == {"id__gt": 1, "id__castable": 1, "id__not_null": 1}


def test_an_unpartitioned_table_is_refused_as_a_whole(spark: SparkSession, lake: Settings) -> None:
    judged = judge_sales(spark, target(lake, column=None, tolerated_share=0.3), BAD, None)
    assert judged.refusals == ["the table: 2 of 5 rows rejected, more than 30.0%"]


def test_a_row_in_quarantine_says_how_it_came_who_judged_it_and_by_which_rules(
    spark: SparkSession, lake: Settings
) -> None:
    to = target(lake)
    publish_sales(spark, to, [(MONDAY, "12a", "tea")], (MONDAY,), run_id="run-7")
    (row,) = DeltaTable(to.quarantine_url).to_pyarrow_table().to_pylist()
    assert json.loads(row["_raw"]) == {"day": MONDAY, "id": "12a", "item": "tea"}
    assert (row["_run_id"], row["_rules"], row["_partition"]) == ("run-7", to.rules.fingerprint, MONDAY)
    assert abs(dt.datetime.now(dt.UTC) - row["_judged_at"]) < dt.timedelta(minutes=5)


def test_quarantined_rows_of_a_range_are_replaced_and_withdrawn_once_repaired(
    spark: SparkSession, lake: Settings
) -> None:
    to = target(lake)
    publish_sales(spark, to, [(MONDAY, -1, "x"), (MONDAY, 1, "y"), (TUESDAY, -2, "z")], (MONDAY, TUESDAY))
    publish_sales(spark, to, [(MONDAY, -3, "x"), (MONDAY, 1, "y")], (MONDAY,))
    assert quarantined(to) == [(MONDAY, -3, "id__gt"), (TUESDAY, -2, "id__gt")]
    publish_sales(spark, to, [(MONDAY, 3, "x"), (MONDAY, 1, "y")], (MONDAY,))
    assert quarantined(to) == [(TUESDAY, -2, "id__gt")]
    publish_sales(spark, to, [(TUESDAY, 2, "z")], (TUESDAY,))
    assert quarantined(to) == []
    assert stored(to.url) == [(MONDAY, 1, "y"), (MONDAY, 3, "x"), (TUESDAY, 2, "z")]


def test_the_quarantine_of_an_unpartitioned_table_is_replaced_and_withdrawn_too(
    spark: SparkSession, lake: Settings
) -> None:
    to = target(lake, column=None)
    publish_sales(spark, to, [(MONDAY, -1, "x"), (TUESDAY, -2, "z"), (TUESDAY, 1, "y")], None)
    assert quarantined(to) == [(MONDAY, -1, "id__gt"), (TUESDAY, -2, "id__gt")]
    publish_sales(spark, to, [(MONDAY, 1, "x")], None)
    assert quarantined(to) == []


def test_a_table_that_never_had_a_rejected_row_has_no_quarantine(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, THREE_DAYS)
    assert version(to.quarantine_url) is None


def test_every_row_may_be_rejected(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, [(MONDAY, 0, "a"), (MONDAY, -1, "b")], (MONDAY,))
    assert stored(to.url) == []
    assert len(quarantined(to)) == 2
