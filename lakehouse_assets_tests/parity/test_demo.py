"""Every table of the demo, on a sample of its days."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.catalog import tables
from lakehouse_assets.demo.land import land
from lakehouse_assets_tests.parity.contents import accepted, apart, columns, counts, findings
from lakehouse_assets_tests.parity.homes import OTHERS, REFERENCE, Home, Household

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.making import Prepared

pytestmark = pytest.mark.cluster

FIRST, LAST = "2017-01-03", "2017-01-05"
DAYS, WEEKS = ["2017-01-03", "2017-01-04", "2017-01-05"], ["2017-01-02"]


@dataclass
class Filled:
    """A home that made every table, and what was said of each."""

    house: Household
    made: dict[str, Prepared]


@pytest.fixture(scope="module")
def filled(household: Callable[[Home, Path], Household], tmp_path_factory: pytest.TempPathFactory):
    landing = tmp_path_factory.mktemp("demo") / "landing"
    list(land(str(landing), first=FIRST, last=LAST))

    @cache
    def fill(home: Home) -> Filled:
        house = household(home, landing)
        return Filled(house, {table.id: house.make(table, _keys(table)) for table in tables().values()})

    return fill


def _keys(table: Table) -> list[str] | None:
    if table.calendar is None:
        return None
    return DAYS if table.calendar.column == "event_date" else WEEKS


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.id)
@pytest.mark.parametrize("home", OTHERS, ids=str)
def test_demo_table(filled: Callable[[Home], Filled], home: Home, table: Table) -> None:
    """A table of the demo, three days and a week of it"""
    mine, other = filled(REFERENCE), filled(home)
    assert accepted(table, other.house.settings) == accepted(table, mine.house.settings)
    assert apart(table, other.house.settings) == apart(table, mine.house.settings)
    assert columns(table, other.house.settings) == columns(table, mine.house.settings)
    assert counts(other.made[table.id]) == counts(mine.made[table.id])
    assert findings(other.made[table.id]) == findings(mine.made[table.id])


@pytest.mark.parametrize("home", OTHERS, ids=str)
def test_second_run(filled: Callable[[Home], Filled], home: Home) -> None:
    """A second run of a bronze table, which finds nothing new"""
    house = filled(home).house
    bronze = [table for table in tables().values() if table.source]
    assert [house.make(table, _keys(table)).judged for table in bronze] == [None] * len(bronze)
