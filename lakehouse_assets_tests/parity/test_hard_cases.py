"""Hard cases, step by step: after each step every table holds the same in every home."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from lakehouse_assets import catalog
from lakehouse_assets.lake import Lake
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.replaying import Reason, drop_rows, replay_table
from lakehouse_assets_tests.parity.contents import accepted, apart, columns, counts, findings
from lakehouse_assets_tests.parity.hard import CHANGED, DAYS, FILES, TABLES, deliver, lenient
from lakehouse_assets_tests.parity.homes import OTHERS, REFERENCE, Home, Household

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.cluster

WHY = Reason("ann", "because")
ALL = TABLES["silver/all_events"]


LENIENT = lenient()


@dataclass(frozen=True)
class Step:
    """Something that is done in each home."""

    title: str
    do: Callable[[Household], dict[str, Any]]


def make_all(house: Household, **options: Any) -> dict[str, Any]:
    made = {}
    for table in TABLES.values():
        there = Lake(house.settings).available(table, DAYS if table.calendar else [""])
        done = house.make(table, there if table.calendar else None, **options)
        made[table.id] = [counts(done), findings(done)]
    return made


def first(house: Household) -> dict[str, Any]:
    deliver(landing_of(house), FILES, minutes=0)
    return make_all(house)


def change(house: Household) -> dict[str, Any]:
    deliver(landing_of(house), CHANGED, minutes=1)
    return make_all(house)


def replay(house: Household) -> dict[str, Any]:
    with patch.object(catalog, "tables", lambda: TABLES | {LENIENT.id: LENIENT}):
        done = replay_table(LENIENT, house.settings, lambda: house.spark, None, WHY, stage=house.engine.stage)
    assert done.passed
    return {"passed": done.passed, "stayed": done.stayed}


def drop(house: Household) -> dict[str, Any]:
    return {"dropped": drop_rows(ALL, house.settings, [DAYS[0]], "id__castable", WHY)}


def landing_of(house: Household) -> Path:
    return house.settings.home / "landing"


STEPS = [
    Step("Ties, NULL, NaN, -0.0, decimals, midnight, zones, unicode, case, malformed lines, an empty partition", first),
    Step("Everything made again, by force", lambda house: make_all(house, force=True)),
    Step("A changed file, a new one with an accent in its name, and what follows of them in merge and history", change),
    Step("A replay of the quarantine under a contract that permits more", replay),
    Step("Rows of the quarantine dropped", drop),
]


@pytest.fixture(scope="module")
def played(household: Callable[[Home, Path], Household], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """For each home, what every table holds after each step, and what the step said."""

    @cache
    def play(home: Home) -> dict[str, Any]:
        house = household(home, tmp_path_factory.mktemp("hard") / "landing")
        return {step.title: {"said": step.do(house), **contents(house)} for step in STEPS}

    with patch.object(catalog, "tables", lambda: TABLES):
        yield play


def contents(house: Household) -> dict[str, Any]:
    return {
        table.id: [read(table, house.settings) for read in (columns, accepted, apart)]
        for table in TABLES.values()
        if open_table(house.settings.table_url(table.layer, table.name)) is not None
    }


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title[:40])
@pytest.mark.parametrize("home", OTHERS, ids=str)
def test_hard_cases(played: Callable[[Home], dict[str, Any]], home: Home, step: Step) -> None:
    mine, other = played(REFERENCE)[step.title], played(home)[step.title]
    assert mine.keys() == other.keys() >= {"said"}
    for part, expected in mine.items():
        assert other[part] == expected, part


def test_the_hard_cases_are_hard(played: Callable[[Home], dict[str, Any]]) -> None:
    mine = played(REFERENCE)
    begun = mine[STEPS[0].title]
    rows = str(begun)
    telling = ("nan", "-0.0", "Infinity", "\U0001f642", "Decimal('-0.01')", "amount__castable", "unique__day__id")
    assert [text for text in telling if text not in rows] == []
    assert all(table[1] for name, table in begun.items() if name != "said")
    assert mine[STEPS[1].title] == begun
    assert mine[STEPS[2].title] != begun
