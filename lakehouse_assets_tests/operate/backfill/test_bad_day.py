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
from lakehouse_assets_tests.operate.backfill.a_daemon import daemon, said, wait_for
from resources.engines.embedded import EmbeddedEngine

DAYS = tuple(f"2017-01-0{day}" for day in range(1, 6))
BAD = "2017-01-03"
GOOD = set(DAYS) - {BAD}
NAMES = ("bronze/transactions", "silver/transactions")


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
    """The days that each of the tables holds."""
    return [{day for day in DAYS if Lake(lake).mark(find_table(name), day) is not None} for name in NAMES]


def test_a_bad_day_takes_its_chunk_with_it_only_until_the_backfill_is_resumed(landed: Settings) -> None:
    assert "Started backfill " in said(landed, "start", *NAMES)
    with daemon(landed):
        wait_for(lambda: "over, with failures" in said(landed, "status"), "the end of the chunk")
        assert made(landed) == [set(), set()]
        first, second = re.findall(r"Started backfills (\w+) and (\w+)", said(landed, "resume"))[0]
        wait_for(lambda: said(landed, "status").count("over, with") + said(landed, "status").count("done") == 2, "both")
    assert made(landed) == [GOOD, GOOD]
    told = said(landed, "status", second)
    assert f"Backfill {first}" in told
    assert len(re.findall("Run .* failed: ", told)) == 1
    assert f"transactions/{BAD}" in told
    left = said(landed, "plan", *NAMES, "--from", DAYS[0], "--to", DAYS[-1], "--runs")
    assert re.findall(r"^\d+\. (.*)$", left, re.MULTILINE) == [f"{NAMES[0]}, {NAMES[1]}, {BAD}"]
