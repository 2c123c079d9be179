"""A load that is killed: readers see the version before or the one after, and the next run completes it."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.making import make
from lakehouse_assets_tests.breaking.tables import DAYS, Visits, complete, deliver_days, no_engine, seen, undisturbed
from lakehouse_assets_tests.breaking.workers import SECONDS, load, load_until_killed, process
from lakehouse_assets_tests.maintaining.maintained import NOW, maintain

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

VERSIONS = (2, 3, 4)


def killed_at_random(lake: Settings, kills: int, seed: int) -> None:
    """Kill as many loads, each at any instant from its start to its end, each over what the last one left."""
    chance = random.Random(seed)
    killed = tries = 0
    for version in (5, 6):  # the first also waits for the server that workers are forked from
        deliver_days(lake, version=version)
        started = time.monotonic()
        worker = process(load, lake, DAYS)
        worker.start()
        worker.join(SECONDS)
        assert worker.exitcode == 0
        seconds = time.monotonic() - started
    expected = {version: undisturbed(lake, DAYS, version) for version in VERSIONS}
    while killed < kills:
        before = seen(Visits, lake)
        version = VERSIONS[tries % len(VERSIONS)]
        deliver_days(lake, version=version)
        worker = process(load, lake, DAYS)
        started = time.monotonic()
        worker.start()
        worker.join(seconds * chance.random())
        if worker.exitcode is None:
            worker.kill()
            worker.join(SECONDS)
        else:  # over before it was to be killed: the machine is less busy than when it was timed
            seconds = time.monotonic() - started
        killed += worker.exitcode == -signal.SIGKILL
        tries += 1
        assert seen(Visits, lake) in (before, expected[version])
        complete(lake, DAYS, expected[version])
        assert tries <= 5 * kills, f"of {tries} loads only {killed} were still running when they were to be killed"


def test_loads_that_are_killed_at_any_instant_are_completed_by_the_next(lake: Settings) -> None:
    killed_at_random(lake, kills=10, seed=1)


def test_what_a_killed_load_staged_is_no_row_and_a_vacuum_deletes_it_once_no_run_could_need_it(lake: Settings) -> None:
    days, url = DAYS[:2], lake.table_url("bronze", "visits")
    expected = undisturbed(lake, days, version=2)
    deliver_days(lake, days)
    make(Visits, lake, no_engine, days)
    deliver_days(lake, days, version=2)
    before, held = seen(Visits, lake), parquet_below(url)
    for step in range(1, 100):
        worker = process(load_until_killed, lake, days, step)
        worker.start()
        worker.join(SECONDS)
        assert worker.exitcode == -signal.SIGKILL
        assert seen(Visits, lake) == before, "killed too late: nothing was found staged before the commit"
        if staged := parquet_below(url) - held:
            break
    complete(lake, days, expected)
    assert staged <= parquet_below(url), "a run removes what it staged itself, and nothing else"
    maintain(Visits, lake, NOW)
    assert staged <= parquet_below(url), "a run that is still going might have staged it"
    two_days_ago = time.time() - 2 * 86_400
    for file in staged:
        os.utime(file, (two_days_ago, two_days_ago))
    maintain(Visits, lake, NOW)
    assert not staged & parquet_below(url)
    assert seen(Visits, lake) == expected


def parquet_below(url: str) -> set[Path]:
    return set(Path(url).glob("*/*/*.parquet"))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_many_loads_that_are_killed_at_any_instant_are_completed_by_the_next(lake: Settings, seed: int) -> None:
    killed_at_random(lake, kills=50, seed=seed)
