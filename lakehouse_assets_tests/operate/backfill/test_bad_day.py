"""One bad day in a backfill: once resumed, all others are made by a real daemon, and the bad one is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.demo.land import land
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.operate.backfill.a_daemon import daemon, said, wait_for_ends
from resources.engines.embedded import EmbeddedEngine

DAYS = tuple(f"2017-01-0{day}" for day in range(1, 6))
BAD = "2017-01-03"
GOOD = set(DAYS) - {BAD}
NAMES = ("bronze/transactions", "silver/transactions")
WEEKLY = "gold/product_performance"  # reads the days of its week
WEEKS = ("2016-12-26", "2017-01-02")  # of the first day alone, and of all others


@pytest.fixture
def landed(lake: Settings, engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake with its products, and five deliveries, of which the one in the middle cannot be read."""
    list(land(lake.landing, first=DAYS[0], last=DAYS[-1]))
    for day in DAYS:
        (file,) = Path(lake.landing, "transactions", day).iterdir()
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("PAR1 is no text" if day == BAD else "".join(lines[:100]))
    for name in ("bronze/products", "silver/products"):
        make(find_table(name), lake, lambda: engine.spark_session, None)
    monkeypatch.setenv("DAGSTER_HOME", str(lake.dagster_home))
    return lake


def made(lake: Settings) -> list[set[str]]:
    """The partitions that each of the tables holds."""
    of = [(find_table(name), DAYS) for name in NAMES] + [(find_table(WEEKLY), WEEKS)]
    return [{slot for slot in slots if Lake(lake).mark(table, slot) is not None} for table, slots in of]


def test_a_bad_day_takes_others_with_it_only_until_the_backfill_is_resumed(landed: Settings) -> None:
    assert "Started backfill " in said(landed, "start", *NAMES, WEEKLY)
    with daemon(landed):
        wait_for_ends(landed, 1)
        assert "over, with failures" in said(landed, "status")
        assert made(landed) == [set(), set(), set()]
        resumed = said(landed, "resume")
        first, second = re.findall(r"Started backfills (\w+) and (\w+)", resumed)[0]
        assert f"runs of {WEEKLY} wait for these" in resumed
        wait_for_ends(landed, 3)
        assert made(landed) == [GOOD, GOOD, set()]
        told = said(landed, "status", second)
        assert f"Backfill {first}" in told
        assert len(re.findall("Run .* failed: ", told)) == 1
        assert f"transactions/{BAD}" in told
        assert "Started backfill " in said(landed, "resume")
        wait_for_ends(landed, 4)
    assert made(landed) == [GOOD, GOOD, {WEEKS[0]}]
    left = said(landed, "plan", *NAMES, WEEKLY, "--from", DAYS[0], "--to", DAYS[-1], "--runs")
    assert re.findall(r"^\d+\. (.*)$", left, re.MULTILINE) == [
        f"{NAMES[0]}, {NAMES[1]}, {BAD}",
        f"{WEEKLY}, {WEEKS[1]}",
    ]
