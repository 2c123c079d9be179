"""What the profile promises, seen in executed plans: Spark's own page of the running application tells them."""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql import functions as F

from resources.cluster.local import PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from resources.cluster.local import Cluster

pytestmark = pytest.mark.cluster


class Page:
    """Spark's page of the application, as JSON."""

    def __init__(self, cluster: Cluster) -> None:
        self.url = f"{cluster.ui}/api/v1/applications"
        self.application = self.get("")[0]["id"]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def executed(self, marker: str) -> dict[str, Any]:
        """The last query whose plan has this name in it, with its plan as it was in the end and its metrics."""
        queries = self.get(f"/{self.application}/sql?details=true&planDescription=true&length=100000")
        return next(q for q in reversed(queries) if marker in q["planDescription"] and q["status"] == "COMPLETED")

    def jobs(self) -> dict[int, dict[str, Any]]:
        return {job["jobId"]: job for job in self.get(f"/{self.application}/jobs")}


@pytest.fixture(scope="module")
def page(cluster: Cluster) -> Page:
    return Page(cluster)


@contextmanager
def setting(session: SparkSession, **values: str) -> Iterator[None]:
    """Spark settings, dots as double underscores, for a while."""
    names = {name.replace("__", "."): value for name, value in values.items()}
    before = {name: session.conf.get(name, None) for name in names}
    for name, value in names.items():
        session.conf.set(name, value)
    yield
    for name, old in before.items():
        if old is None:
            session.conf.unset(name)
        else:
            session.conf.set(name, old)


def metrics(query: dict[str, Any], node: str, name: str) -> list[str]:
    return [
        metric["value"]
        for each in query["nodes"]
        if each["nodeName"].startswith(node)
        for metric in each["metrics"]
        if metric["name"] == name
    ]


def final_plan(query: dict[str, Any]) -> str:
    """The plan as adaptive execution left it."""
    text = query["planDescription"]
    assert "isFinalPlan=true" in text
    return text.split("== Initial Plan ==")[0]


def test_every_line_of_the_profile_is_what_the_server_runs_with(on_cluster: SparkSession) -> None:
    lines = [line.split() for line in PROFILE.read_text().splitlines() if line and not line.startswith("#")]
    sql = [(key, value) for key, value in lines if ".sql." in key or ".databricks." in key]
    assert len(sql) > 10
    assert [(key, on_cluster.conf.get(key)) for key, _ in sql] == sql


def test_a_skewed_partition_is_split(on_cluster: SparkSession, page: Page) -> None:
    key = F.when(F.col("id") % 10 < 9, F.lit(0)).otherwise(F.col("id") % 500)
    sales = on_cluster.range(0, 300_000, 1, 8).select(
        key.alias("skewed_key"), F.sha2(F.col("id").cast("string"), 512).alias("receipt")
    )
    stores = on_cluster.range(500).select(
        F.col("id").alias("skewed_key"), F.sha2(F.col("id").cast("string"), 256).alias("name")
    )
    with setting(
        on_cluster,
        spark__sql__autoBroadcastJoinThreshold="-1",
        spark__sql__adaptive__autoBroadcastJoinThreshold="-1",
        spark__sql__adaptive__advisoryPartitionSizeInBytes="1m",
        spark__sql__adaptive__skewJoin__skewedPartitionThresholdInBytes="2m",
    ):
        sales.join(stores, "skewed_key").agg(F.sum(F.length("receipt") + F.length("name"))).collect()
    query = page.executed("skewed_key")
    assert "SortMergeJoin(skew=true)" in final_plan(query)
    splits = [
        int(value.replace(",", "")) for value in metrics(query, "AQEShuffleRead", "number of skewed partition splits")
    ]
    assert max(splits) >= 2


def test_partitions_that_a_join_does_not_need_are_not_read(
    on_cluster: SparkSession, page: Page, tmp_path: Path
) -> None:
    days = on_cluster.range(0, 20_000, 1, 1).select(
        (F.col("id") % 20).cast("int").alias("day_no"), F.col("id").alias("pruned_sale")
    )
    days.write.format("delta").partitionBy("day_no").save(str(tmp_path / "sales"))
    calendar = on_cluster.range(20).select(
        F.col("id").cast("int").alias("day_no"), F.when(F.col("id") == 7, "holiday").otherwise("day").alias("kind")
    )
    calendar.write.format("delta").save(str(tmp_path / "calendar"))
    sales, holidays = (on_cluster.read.format("delta").load(str(tmp_path / name)) for name in ("sales", "calendar"))
    assert sales.join(holidays.where("kind = 'holiday'"), "day_no").agg(F.count("pruned_sale")).collect()[0][0] == 1_000
    query = page.executed("pruned_sale")
    assert "dynamicpruning" in query["planDescription"]
    assert "1" in metrics(query, "Scan parquet", "number of partitions read")


def test_a_small_shuffle_ends_in_one_task(on_cluster: SparkSession, page: Page) -> None:
    on_cluster.range(0, 5_000, 1, 4).groupBy((F.col("id") % 50).alias("coalesced_key")).count().collect()
    query = page.executed("coalesced_key")
    assert "AQEShuffleRead" in final_plan(query)
    assert metrics(query, "AQEShuffleRead", "number of partitions") == ["1"]
    assert "8" in metrics(query, "Exchange", "number of partitions")


def test_a_cached_frame_is_read_from_memory(on_cluster: SparkSession, page: Page) -> None:
    frame: DataFrame = (
        on_cluster.range(0, 50_000, 1, 2).select(F.sha2(F.col("id").cast("string"), 256).alias("cached_text")).cache()
    )
    try:
        frame.count()
        frame.agg(F.max("cached_text")).collect()
        assert "InMemoryTableScan" in final_plan(page.executed("max(cached_text"))
        stored = page.get(f"/{page.application}/storage/rdd")
        assert sum(each["numCachedPartitions"] for each in stored) >= 2
        assert max(each["memoryUsed"] for each in stored) > 1_000_000
    finally:
        frame.unpersist()


def test_a_small_table_starts_few_tasks(
    on_cluster: SparkSession, page: Page, tmp_path: Path, cluster_engine: Any
) -> None:
    from unittest.mock import patch

    from lakehouse_assets import catalog
    from lakehouse_assets_tests.parity.hard import FILES, TABLES, deliver
    from lakehouse_assets_tests.parity.homes import Home, Household

    deliver(tmp_path / "landing", FILES, minutes=0)
    house = Household.new(Home("cluster", "disk"), cluster_engine, str(tmp_path / "lake"), tmp_path / "landing")
    before = set(page.jobs())
    with patch.object(catalog, "tables", lambda: TABLES):
        house.make(TABLES["bronze/events"], ["2017-01-01", "2017-01-02"])
        loaded = {number: job for number, job in page.jobs().items() if number not in before}
        house.make(TABLES["silver/latest_events"])
    made = {n: job for n, job in page.jobs().items() if n not in before and n not in loaded}
    tasks = [sum(job["numTasks"] - job["numSkippedTasks"] for job in jobs.values()) for jobs in (loaded, made)]
    assert 1 <= tasks[0] <= 3, "files of a few kilobytes are read by one task"
    assert 1 <= tasks[1] <= 40
    assert max(job["numTasks"] - job["numSkippedTasks"] for job in made.values()) <= 8
