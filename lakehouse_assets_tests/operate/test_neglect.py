"""What `status` calls unmaintained: what maintenance would do, of tables and quarantines, told without a listing."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lakehouse_assets import catalog
from lakehouse_assets.lake import Lake
from lakehouse_assets.maintaining.doing import perform
from lakehouse_assets.maintaining.upkeep import survey
from lakehouse_assets.operate.attention import concerns
from lakehouse_assets.operate.neglect import neglect_of
from lakehouse_assets.operate.state import look
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets_tests.maintaining.prices import Prices, deliver, prices, run
from resources.engines.maintenance import EmbeddedMaintenance

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

NOW = datetime.now(UTC)
BY_ID = Maintenance(cluster_by=("id",), file_mb=1, small_file_score=100)
MEGABYTE = 130_000  # rows


def due(url: str, policy: Maintenance = BY_ID, look_back: int = 20) -> list[tuple[str, str]]:
    return [(one.kind, one.why) for one in neglect_of(DeltaTable(url), url, policy, look_back, NOW)]


def write(url: str, rows: int) -> None:
    numbers = random.Random(rows)
    write_deltalake(url, pa.table({"id": [numbers.getrandbits(60) for _ in range(rows)]}), mode="append")


def test_commits_since_the_last_checkpoint_are_told_from_as_many_on_as_the_policy_says(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    for _ in range(3):
        write(url, 1)
    assert due(url, Maintenance(checkpoint_commits=4)) == []
    assert due(url, Maintenance(checkpoint_commits=3)) == [("checkpoint", "3 commits since the last checkpoint")]
    DeltaTable(url).create_checkpoint()
    assert due(url, Maintenance(checkpoint_commits=3)) == []


def test_rows_that_came_since_they_were_put_together_are_told(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    write(url, 2 * MEGABYTE)
    assert due(url) == [("cluster", "100% of 1 partitions' bytes not yet by id")]
    assert due(url, replace(BY_ID, cluster_by=())) == []
    EmbeddedMaintenance().compact(url, cluster_by=["id"], file_bytes=1_000_000)
    assert due(url) == []
    write(url, 2 * MEGABYTE + 1)
    ((kind, why),) = due(url)
    assert kind == "cluster"
    assert 30 < int(why.split("%")[0]) < 60, "half of the rows; what is in order is packed otherwise"


def test_what_came_before_the_commits_that_are_read_is_no_false_alarm(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    write(url, 2 * MEGABYTE)
    EmbeddedMaintenance().compact(url, cluster_by=["id"], file_bytes=1_000_000)
    for _ in range(3):
        write(url, 1)
    assert due(url, look_back=2) == [], "the commit that put them together is not among these"


def test_a_table_that_was_never_published_is_not_neglected() -> None:
    assert neglect_of(None, "nowhere", BY_ID, 20, NOW) == []


@pytest.fixture
def neglected(lake: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Prices of eight days, each published for itself, every one with a row that is rejected."""
    kept = replace(prices, maintenance=Maintenance(checkpoint_commits=8))
    declared = {Prices.id: Prices, kept.id: kept}
    monkeypatch.setattr(catalog, "tables", lambda: declared)
    monkeypatch.setattr("lakehouse_assets.operate.state.tables", lambda: declared)
    for day in range(1, 9):
        deliver(lake, f"2017-01-{day:02}", "tea,3\nrum,-1\n")
        run(lake, spark, declared.values())
    return lake


def unmaintained(lake: Settings) -> list[tuple[str, str]]:
    found = concerns(look(Lake(lake), ()), NOW)
    return [(concern.table, concern.what) for concern in found if concern.level == "maintain"]


def test_status_names_each_task_until_maintenance_has_done_it(neglected: Settings) -> None:
    assert unmaintained(neglected) == [
        ("silver/prices", "checkpoint: 8 commits since the last checkpoint"),
        ("silver/prices", "compact the quarantine: up to 8 small files for one, in 1 partitions; due from 8"),
        ("silver/prices", "checkpoint the quarantine: 8 commits since the last checkpoint"),
    ]
    for upkeep in survey(catalog.tables()["silver/prices"], neglected):
        perform(upkeep, EmbeddedMaintenance)
    assert unmaintained(neglected) == []
