"""Judging a frame that cannot be computed leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets_tests.publish.sales import MONDAY, files_on_disk, sales, target

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


def test_a_frame_that_fails_while_it_is_written_says_why_and_nothing_stays_staged(
    spark: SparkSession, lake: Settings
) -> None:
    to = target(lake)
    broken = F.when(F.col("id") == "7", F.raise_error(F.lit("no such item"))).otherwise(F.col("item"))
    frame = sales(spark, [(MONDAY, n, "a") for n in range(1, 9)]).withColumn("item", broken.cast("string"))
    with pytest.raises(Exception, match="no such item"):  # the engine's own
        judge(frame, to, Range("day", (MONDAY,)))
    assert files_on_disk(to.url) == set()
