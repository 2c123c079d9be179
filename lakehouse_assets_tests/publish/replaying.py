"""Sales that were rejected, and a contract of today that bears some of them: shared by the tests of replaying."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract
from lakehouse_assets.publish.frames import load_frame
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.replay import Replay, Replayed, replay
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.publish.transactions import current_version
from lakehouse_assets_tests.publish.sales import MONDAY, TUESDAY, WEDNESDAY

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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


def held(to: Target) -> pa.Table:
    return current(to.quarantine_url, Marks.of(to.url, current_version(to.url)))


def replayed(spark: SparkSession, to: Target, run_id: str = "replay") -> Replayed:
    frame = load_frame(to.url, "spark", None, None, lambda: spark)
    return replay(Replay(to, held(to), Snapshot.of(to.url), frame, {}), Origin(run_id), WHY)
