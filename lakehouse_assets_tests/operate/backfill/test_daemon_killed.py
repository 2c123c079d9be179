"""A real daemon killed in the midst of a real backfill: started anew it makes the rest, each partition once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from lakehouse_assets.bronze.transactions import Transactions
from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.demo.land import land
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.operate.history import history
from lakehouse_assets.settings import Settings
from lakehouse_assets.silver.transactions import transactions
from lakehouse_assets_tests.breaking.command import lakehouse
from lakehouse_assets_tests.operate.backfill.a_daemon import (
    daemon,
    looked,
    said,
    switch_on_alerts,
    wait_for,
    wait_for_ends,
)
from lakehouse_assets_tests.resources.notifiers.servers import Hook, hook
from resources.dagster_home import open_instance
from resources.engines.embedded import EmbeddedEngine

# Those between them are good, so each is a run of its own.
DAYS = ("2017-01-01", "2017-01-03", "2017-01-05")
GOOD = ("2017-01-02", "2017-01-04")
LINES = 200
TABLES = (Transactions, transactions)


@pytest.fixture
def landed(lake: Settings, engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake with its products and three days, and deliveries of the three about them, all cut short."""
    for day in (*DAYS, *GOOD):
        list(land(lake.landing, first=day, last=day))
        (file,) = Path(lake.landing, "transactions", day).iterdir()
        file.write_text("".join(file.read_text().splitlines(keepends=True)[: LINES + 1]))
    for table in (find_table("bronze/products"), find_table("silver/products"), *TABLES):
        make(table, lake, lambda: engine.spark_session, GOOD if table.calendar else None)
    monkeypatch.setenv("DAGSTER_HOME", str(lake.dagster_home))
    return lake


@pytest.fixture
def told(landed: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    """Who is told what the daemons of this lake find wrong."""
    with hook() as received:
        monkeypatch.setenv("TEAM_URL", received.url)
        switch_on_alerts(landed)
        yield received


def test_a_backfill_whose_daemon_was_killed_goes_on_by_itself_and_makes_nothing_twice(
    landed: Settings, told: Hook
) -> None:
    started = lakehouse(landed.home, "backfill", "start", "bronze/transactions", "silver/transactions")
    (backfill_id,) = re.findall(r"Started backfill (\w+)", started.stdout)
    with open_instance(landed) as instance:

        def runs(*statuses: dg.DagsterRunStatus) -> int:
            chosen = dg.RunsFilter(tags={"dagster/backfill": backfill_id}, statuses=statuses)
            return instance.get_runs_count(chosen)

        ended, started_ = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.STARTED
        with daemon(landed) as first:
            wait_for(lambda: runs(ended) and runs(started_), "the midst of the backfill")
            first.kill()  # it alone, by SIGKILL: a run is under way, others wait
            first.wait()
            killed_at = time.time()
            assert runs(ended) < len(DAYS)
            with daemon(landed):
                wait_for(lambda: runs(ended) == len(DAYS), "the end of all runs")
                wait_for_ends(landed, 1)
                wait_for(lambda: looked(landed) > killed_at, "a look of the alerts by this daemon")
        assert told.bodies == [], "what went on by itself concerns nobody"
        assert "done" in said(landed, "status", backfill_id)
        assert runs() == len(DAYS)
    for table in TABLES:
        published = [version.told["range"] for version in history(table, landed)]
        assert sorted(published[:-1]) == list(DAYS), f"{table.id}: each day by one commit, after that of the good ones"
        assert not Lake(landed).stale(table)
        assert Lake(landed).seen(table).table.count() > 0  # type: ignore[union-attr]
    assert "Nothing to do" in said(landed, "plan", "bronze/transactions", "silver/transactions")
    assert "Nothing is left" in said(landed, "resume", backfill_id)
