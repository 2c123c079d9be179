"""A load that dies between any two of its steps on storage: every instant, one after the other."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.making import make
from lakehouse_assets_tests.breaking.tables import DAYS, Visits, complete, deliver_days, no_engine, seen, undisturbed
from lakehouse_assets_tests.breaking.workers import DIED, SECONDS, load_until, process

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

FEW = DAYS[:2]


@pytest.mark.parametrize("first", [True, False], ids=["the first load", "a load over another"])
def test_readers_see_the_version_before_or_the_one_after_and_the_next_run_completes_it(
    lake: Settings, first: bool
) -> None:
    die_at_every_step(lake, first=first, steps=20)


def test_the_same_in_an_object_store(s3_lake: Settings) -> None:
    """There are fewer steps: a store has no folders to create, and an object is there as a whole or not at all."""
    die_at_every_step(s3_lake, first=False, steps=15)


def test_the_same_in_adls_at_every_third_step(adls_lake: Settings) -> None:
    """It stores by other requests than S3; what is done between them is the same."""
    die_at_every_step(adls_lake, first=False, steps=15, every=3)


def die_at_every_step(lake: Settings, *, first: bool, steps: int, every: int = 1) -> None:
    expected = undisturbed(lake, FEW, version=2)
    instant = died_after_the_commit = 0
    ended = False
    while not ended:
        instant += every
        mine = dataclasses.replace(lake, root=f"{lake.root}-{instant}", landing=f"{lake.landing}-{instant}")
        if not first:
            deliver_days(mine, FEW)
            make(Visits, mine, no_engine, FEW)
        deliver_days(mine, FEW, version=2)
        before = seen(Visits, mine)
        worker = process(load_until, mine, FEW, instant)
        worker.start()
        worker.join(SECONDS)
        ended = worker.exitcode == 0
        assert ended or worker.exitcode == DIED
        there = seen(Visits, mine)
        assert there in (before, expected), f"died at step {instant}"
        died_after_the_commit += there == expected and not ended
        complete(mine, FEW, expected)
    assert instant > steps  # what is stored is seen
    assert died_after_the_commit
