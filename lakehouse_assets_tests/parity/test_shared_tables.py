"""A table that several engines make, maintain and turn back, one after the other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from lakehouse_assets import catalog
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.maintenance.restoring import plan_restore, restore_table
from lakehouse_assets.replaying import Reason
from lakehouse_assets_tests.maintaining.vacuumed import vacuum
from lakehouse_assets_tests.parity.contents import accepted, apart, counts
from lakehouse_assets_tests.parity.hard import CHANGED, FILES, TABLES, deliver
from lakehouse_assets_tests.parity.homes import OTHERS, REFERENCE, Home, Household

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lakehouse_assets.declare.table import Table

pytestmark = pytest.mark.cluster

BRONZE, SILVER, MERGED = TABLES["bronze/events"], TABLES["silver/events"], TABLES["silver/latest_events"]
BOTH_WAYS = [
    pytest.param(way, id=" then ".join(map(str, way))) for o in OTHERS for way in ((REFERENCE, o), (o, REFERENCE))
]


@pytest.fixture(autouse=True)
def hard_tables() -> Iterator[None]:
    with patch.object(catalog, "tables", lambda: TABLES):
        yield


@pytest.fixture
def two(household: Callable[[Home, Path], Household], way: tuple[Home, Home], tmp_path: Path) -> list[Household]:
    """Two engines on one lake; the one that comes first has made bronze, silver and the merged table."""
    landing = tmp_path / "landing"
    deliver(landing, FILES, minutes=0)
    first, second = (household(home, landing) for home in way)
    second.settings = first.settings
    make_three(first)
    return [first, second]


def make_three(house: Household) -> list[object]:
    days = list(Lake(house.settings).available(BRONZE, BRONZE.calendar.keys() if BRONZE.calendar else []))
    return [counts(house.make(BRONZE, days)), counts(house.make(SILVER, days)), counts(house.make(MERGED))]


def held(house: Household) -> list[list[str]]:
    return [read(table, house.settings) for table in (BRONZE, SILVER, MERGED) for read in (accepted, apart)]


def url_of(house: Household, table: Table) -> str:
    return house.settings.table_url(table.layer, table.name)


@pytest.mark.parametrize("way", BOTH_WAYS)
def test_read_and_merged(two: list[Household], household: Callable[[Home, Path], Household], tmp_path: Path) -> None:
    """Tables written by one engine, read and merged by the next after more deliveries"""
    deliver(tmp_path / "landing", CHANGED, minutes=1)
    said = make_three(two[1])
    alone = household(REFERENCE, tmp_path / "landing")
    assert said == make_three(alone)
    assert held(two[1]) == held(alone)


@pytest.mark.parametrize("way", BOTH_WAYS)
def test_maintained(two: list[Household], tmp_path: Path) -> None:
    """Tables written by one engine, compacted and vacuumed by the next, loaded further by the first"""
    first, second = two
    before = held(first)
    for table in (BRONZE, SILVER, MERGED):
        second.engine.maintenance.compact(url_of(second, table))
        vacuum(url_of(second, table))
    assert held(first) == held(second) == before
    lake = Lake(first.settings)
    assert len(lake.stored(BRONZE).file_uris()) == 2, "the files of a day are one now"
    # A day of which one file changes: the rows of the other are found within the joined file, and stay.
    deliver(tmp_path / "landing", {"2017-01-01/b.csv": ["1,changed,4.40,0.25,2017-01-01 12:00:02,7"]}, minutes=2)
    first.make(BRONZE, ["2017-01-01"])
    rows = accepted(BRONZE, first.settings)
    assert [row for row in rows if "'changed'" in row]
    assert [row for row in rows if "a.csv" in row] == [row for row in before[0] if "a.csv" in row]


@pytest.mark.parametrize("way", BOTH_WAYS)
def test_turned_back(two: list[Household], tmp_path: Path) -> None:
    """Tables written by one engine, turned back to an older version by the next, their history told alike"""
    first, second = two
    before = accepted(SILVER, first.settings)
    deliver(tmp_path / "landing", CHANGED, minutes=1)
    make_three(first)
    assert accepted(SILVER, first.settings) != before
    restore_table(plan_restore(SILVER, second.settings, "0"), Reason("ann", "the delivery was wrong"))
    assert accepted(SILVER, first.settings) == before
    told = [house.engine.maintenance.history(url_of(house, SILVER)) for house in two]
    assert [version.version for version in told[0]] == [version.version for version in told[1]] == [2, 1, 0]
    assert told[0][0].operation == told[1][0].operation == "RESTORE"
    # One tells when the commit was begun, the other when its file was written; neither in another zone.
    assert [abs(a.at - b.at) < timedelta(minutes=5) for a, b in zip(*told, strict=True)] == [True] * 3
