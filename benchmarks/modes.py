"""What it costs to make a table anew from every delivery: merge and history from 1, 10 and 100 deliveries.

Each delivery lists 10,000 keys and changes one in fifty of them. Ours reads them all from bronze, applies the mode,
judges and publishes. The peer patches the last delivery into the stored table by delta-rs's MERGE and judges nothing:
the difference is what a table that is always right costs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from benchmarks.measure import Bench, Result, module, tell
from lakehouse_assets.declare import SOURCE, Contract, Table, history, merge, silver

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.settings import Settings

LIMIT = 30
KEYS = 10_000
DELIVERIES = (1, 10, 100)


class Item(Contract):
    """A thing as it is."""

    id: T.LongType = Field(gt=0)
    name: T.StringType = Field()
    place: T.StringType = Field()
    price: T.LongType = Field(ge=0)

    class Config:
        """One row for each thing."""

        unique: ClassVar = ["id"]


class Version(Item):
    """A thing as it was and is."""

    valid_from: T.TimestampType = Field()
    valid_to: T.TimestampType = Field(nullable=True)
    is_current: T.BooleanType = Field()

    class Config:
        """One row for each thing and time."""

        unique: ClassVar = ["id", "valid_from"]


@silver(contract=Item, write=merge(latest=["_source_modified"]))
def items(bronze_items: DataFrame) -> DataFrame:
    """The latest of each."""
    return bronze_items


def versions(bronze_items: DataFrame) -> DataFrame:
    """What each delivery says of each."""
    return bronze_items.select(*Item.names(), F.col("_source_modified").alias("valid_from"), *SOURCE)


partial = silver(contract=Version, write=history())(versions)
complete = silver(contract=Version, write=history(complete=True))(versions)
MODES: dict[str, Table] = {"merge": items, "history": partial, "history, complete": complete}


def measure(bench: Bench) -> Result:
    """Each mode over each number of deliveries, in one process."""
    told = module("modes", bench.folder / "modes", max(bench.turns, 3))
    rows = [("deliveries", *(f"{mode}, s" for mode in MODES), "MERGE of the last, s")]
    rows += [(n, *(f"{told[n][mode]:.2f}" for mode in MODES), f"{told[n]['patch']:.3f}") for n in told]
    most = told[str(DELIVERIES[-1])]
    return Result(
        "modes",
        f"merge of {DELIVERIES[-1]} deliveries of {KEYS:,} keys",
        most["merge"] / most["patch"],
        LIMIT,
        "times",
        f"{most['merge']:.2f} s",
        f"delta-rs MERGE of the last {most['patch']:.3f} s",
        rows,
    )


def main(root: str, turns: str) -> None:
    """The best seconds of each; prints them as JSON."""
    from deltalake import write_deltalake

    from lakehouse_assets.settings import Settings
    from resources.engines.embedded import EmbeddedEngine, stop

    spark = EmbeddedEngine().spark_session
    settings = Settings(Path(root), root, root, "embedded")
    told: dict[str, dict[str, float]] = {}
    for count in DELIVERIES:
        bronze = f"{root}/bronze-{count}"
        write_deltalake(bronze, _delivered(count))
        frame = spark.read.format("delta").load(bronze)
        best = {mode: min(_publish(table, frame, settings) for _ in range(int(turns))) for mode, table in MODES.items()}
        patch = min(_patch(f"{root}/patched-{count}-{turn}", count) for turn in range(int(turns)))
        told[str(count)] = best | {"patch": patch}
    tell(told)
    stop()


def _publish(table: Table, frame: DataFrame, settings: Settings) -> float:
    from lakehouse_assets.declare.targets import range_of, target_of
    from lakehouse_assets.publish.judge import judge
    from lakehouse_assets.publish.publication import publish
    from lakehouse_assets.publish.target import Origin

    begun = time.perf_counter()
    publish(judge(table(frame), target_of(table, settings), range_of(table)), Origin("benchmark"))
    return time.perf_counter() - begun


def _patch(url: str, count: int) -> float:
    """The last of so many deliveries, merged in place into a table of the same keys."""
    from deltalake import DeltaTable, write_deltalake

    rows = _delivered(count).slice((count - 1) * KEYS).drop_columns(["_source_modified"])
    write_deltalake(url, rows)
    begun = time.perf_counter()
    merger = DeltaTable(url).merge(rows, "old.id = new.id", source_alias="new", target_alias="old")
    merger.when_matched_update_all().when_not_matched_insert_all().execute()
    return time.perf_counter() - begun


def _delivered(count: int) -> pa.Table:
    """So many full lists, a day apart, each of which changes the price of one key in fifty."""
    import numpy as np
    import pyarrow as pa

    changes = np.random.default_rng(0).random((count, KEYS)) < 1 / 50
    key, day = np.tile(np.arange(1, KEYS + 1), count), np.repeat(np.arange(count), KEYS)
    times = np.datetime64("2017-01-01", "us") + day * np.timedelta64(1, "D")
    return pa.table(
        {
            "id": key,
            "name": pa.array([f"name {n}" for n in key]),
            "place": pa.array([f"place {n % 97}" for n in key]),
            "price": np.cumsum(changes, axis=0).ravel(),
            "_source_modified": pa.array(times, pa.timestamp("us", "UTC")),
            "_source_file": pa.array([f"items/{n:04}.csv" for n in day]),
            "_source_row": key,
        }
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
