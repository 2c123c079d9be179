"""Quarantined rows that today's contract accepts are published, each exactly once; the others stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract
from lakehouse_assets.errors import ConflictError
from lakehouse_assets.publish.cleanup import drop
from lakehouse_assets.publish.frames import load_frame
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.replay import Replay, Replayed, replay
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.publish.transactions import current_version
from lakehouse_assets_tests.publish.sales import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    files_of,
    publish_sales,
    quarantined,
    stored,
    target,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

WHY = {"who": "ann", "why": "negative numbers are returns"}


class Lenient(Contract):
    """Sales as today's contract bears them: down to -5."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, ge=-5)
    item: T.StringType = Field(nullable=True)

    class Config:
        """The key."""

        unique = ["day", "id"]


ROWS = [
    (MONDAY, 1, "good"),
    (MONDAY, -1, "passes today"),
    (MONDAY, -9, "never passes"),
    (TUESDAY, -2, "passes today"),
    (TUESDAY, "x", "no number"),
    (WEDNESDAY, -9, "never passes"),
]
DAYS = (MONDAY, TUESDAY, WEDNESDAY)


def held(to: Target) -> pa.Table:
    return current(to.quarantine_url, Marks.of(to.url, current_version(to.url)))


def replayed(spark: SparkSession, to: Target, run_id: str = "replay") -> Replayed:
    frame = load_frame(to.url, "spark", None, None, lambda: spark)
    return replay(Replay(to, held(to), Snapshot.of(to.url), frame, {}), Origin(run_id), WHY)


@pytest.fixture
def lenient(spark: SparkSession, lake: Settings) -> Target:
    publish_sales(spark, target(lake), ROWS, DAYS)
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


def test_a_second_replay_changes_nothing(spark: SparkSession, lenient: Target) -> None:
    replayed(spark, lenient)
    before = current_version(lenient.url), current_version(lenient.quarantine_url)
    again = replayed(spark, lenient)
    assert (again.passed, again.stayed, again.publication) == (0, 3, None)
    assert (current_version(lenient.url), current_version(lenient.quarantine_url)) == before


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


def test_a_row_whose_key_the_table_holds_by_now_stays_in_quarantine(spark: SparkSession, lake: Settings) -> None:
    publish_sales(spark, target(lake), [(MONDAY, -1, "old"), (MONDAY, 3, "x"), (TUESDAY, -4, "free")], DAYS)
    to = target(lake, contract=Lenient)
    # The key comes into the table from elsewhere: by a replay of the same row, say, that a colleague corrected.
    frame = load_frame(to.url, "spark", None, None, lambda: spark)
    colleague = frame.where("id = 3").selectExpr("day", "-1L as id", "'colleague' as item")
    done = replay(Replay(to, held(to), Snapshot.of(to.url), frame.union(colleague), {}), Origin("r"), WHY)
    assert (done.passed, done.stayed) == (1, 1)
    assert quarantined(to) == [(MONDAY, -1, "id__gt")]


class ById(Contract):
    """Sales whose key is one column, not that of the partitions."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, ge=-5)
    item: T.StringType = Field(nullable=True)

    class Config:
        """The key."""

        unique = ["id"]


def test_a_key_of_one_column_is_looked_for_in_the_table_too(spark: SparkSession, lake: Settings) -> None:
    publish_sales(spark, target(lake), [(MONDAY, -1, "old"), (MONDAY, -2, "free"), (MONDAY, 3, "x")], DAYS)
    to = target(lake, contract=ById)
    frame = load_frame(to.url, "spark", None, None, lambda: spark)
    colleague = frame.where("id = 3").selectExpr("day", "-1L as id", "'colleague' as item")
    done = replay(Replay(to, held(to), Snapshot.of(to.url), frame.union(colleague), {}), Origin("r"), WHY)
    assert (done.passed, done.stayed) == (1, 1)
    assert quarantined(to) == [(MONDAY, -1, "id__gt")]


class Numbered(Contract):
    """Sales whose item is a number by now."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, ge=-5)
    item: T.IntegerType = Field(nullable=True)


def test_a_row_whose_value_has_no_place_in_todays_type_is_not_replayed_without_it(
    spark: SparkSession, lake: Settings
) -> None:
    publish_sales(spark, target(lake), [(MONDAY, -1, "no number"), (MONDAY, 1, None)], DAYS)
    done = replayed(spark, target(lake, contract=Numbered))
    assert (done.passed, done.stayed, done.publication) == (0, 1, None)


def test_of_two_quarantined_rows_with_one_key_none_is_published(spark: SparkSession, lake: Settings) -> None:
    publish_sales(spark, target(lake), [(MONDAY, -1, "a"), (MONDAY, -1, "b"), (MONDAY, -2, "c")], DAYS)
    to = target(lake, contract=Lenient)
    assert replayed(spark, to).passed == 1
    assert stored(to.url) == [(MONDAY, -2, "c")]
    assert [row[1] for row in quarantined(to)] == [-1, -1]


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


class Precise(Contract):
    """Values that JSON would not keep: long decimals, microseconds, the ends of a float's range."""

    day: T.DateType = Field()
    id: T.LongType = Field(gt=0)
    money: T.DecimalType(38, 10) = Field(nullable=True)
    at: T.TimestampType = Field(nullable=True)
    share: T.DoubleType = Field(nullable=True)
    parts: T.ArrayType(T.LongType()) = Field(nullable=True)  # type: ignore[valid-type]


class PreciseToday(Precise):
    """As today's contract bears them."""

    id: T.LongType = Field()


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("123456789012345678.0123456789, timestamp'2017-01-02 03:04:05.678901', 0.1D, array(1L)", id="all"),
        pytest.param("-0.0000000001, timestamp'1700-01-01 00:00:00.000001', 1.7976931348623157E308D, null", id="ends"),
        pytest.param("null, null, 5E-324D, array(9223372036854775807L, null)", id="the smallest, and nothing"),
        pytest.param("0, timestamp'9999-12-31 23:59:59.999999', double('-Infinity'), array()", id="infinite"),
        pytest.param("1, null, double('NaN'), null", id="not a number"),
    ],
)
def test_a_replayed_row_holds_exactly_the_values_that_were_rejected(
    spark: SparkSession, lake: Settings, row: str
) -> None:
    frame = spark.sql(f"select date'{MONDAY}' day, -1L id, * from values ({row}) as v(money, at, share, parts)")
    kinds = {"money": "decimal(38,10)", "at": "timestamp", "share": "double", "parts": "array<bigint>"}
    typed = frame.selectExpr("day", "id", *(f"cast({name} as {kind}) {name}" for name, kind in kinds.items()))
    to = target(lake, contract=Precise)
    publish(judge(typed, to, Range("day", (MONDAY,))), Origin("run"))
    assert replayed(spark, target(lake, contract=PreciseToday)).passed == 1
    (published,) = spark.read.format("delta").load(to.url).collect()
    (given,) = typed.collect()
    assert str(published.asDict()) == str(given.asDict())
