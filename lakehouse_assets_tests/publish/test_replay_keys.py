"""A replayed row never stands beside another of its key, whoever brought that one into the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract
from lakehouse_assets.publish.frames import load_frame
from lakehouse_assets.publish.replay import Replay, replay
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.target import Origin
from lakehouse_assets_tests.publish.replaying import WHY, Lenient, held, replayed
from lakehouse_assets_tests.publish.sales import MONDAY, THREE_DAYS, TUESDAY, publish_sales, quarantined, stored, target

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


def test_a_row_whose_key_the_table_holds_by_now_stays_in_quarantine(spark: SparkSession, lake: Settings) -> None:
    publish_sales(spark, target(lake), [(MONDAY, -1, "old"), (MONDAY, 3, "x"), (TUESDAY, -4, "free")], THREE_DAYS)
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
    publish_sales(spark, target(lake), [(MONDAY, -1, "old"), (MONDAY, -2, "free"), (MONDAY, 3, "x")], THREE_DAYS)
    to = target(lake, contract=ById)
    frame = load_frame(to.url, "spark", None, None, lambda: spark)
    colleague = frame.where("id = 3").selectExpr("day", "-1L as id", "'colleague' as item")
    done = replay(Replay(to, held(to), Snapshot.of(to.url), frame.union(colleague), {}), Origin("r"), WHY)
    assert (done.passed, done.stayed) == (1, 1)
    assert quarantined(to) == [(MONDAY, -1, "id__gt")]


def test_of_two_quarantined_rows_with_one_key_none_is_published(spark: SparkSession, lake: Settings) -> None:
    publish_sales(spark, target(lake), [(MONDAY, -1, "a"), (MONDAY, -1, "b"), (MONDAY, -2, "c")], THREE_DAYS)
    to = target(lake, contract=Lenient)
    assert replayed(spark, to).passed == 1
    assert stored(to.url) == [(MONDAY, -2, "c")]
    assert [row[1] for row in quarantined(to)] == [-1, -1]
