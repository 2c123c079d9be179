"""A load that is killed: readers see the version before or the one after, and the next run completes it."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets_tests.breaking.tables import DAYS, Visits, complete, deliver_days, seen, undisturbed
from lakehouse_assets_tests.breaking.workers import SECONDS, load, process

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

VERSIONS = (2, 3, 4)


def killed_at_random(lake: Settings, kills: int, seed: int) -> None:
    """Kill as many loads, each at any instant from its start to its end, each over what the last one left."""
    chance = random.Random(seed)
    seconds, killed, tries = 0.0, 0, 0
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
        worker.start()
        time.sleep(seconds * chance.random())
        worker.kill()
        worker.join(SECONDS)
        killed += worker.exitcode == -signal.SIGKILL
        tries += 1
        assert seen(Visits, lake) in (before, expected[version])
        complete(lake, DAYS, expected[version])
        assert tries <= 5 * kills, f"of {tries} loads only {killed} were still running when they were to be killed"


def test_loads_that_are_killed_at_any_instant_are_completed_by_the_next(lake: Settings) -> None:
    killed_at_random(lake, kills=10, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_many_loads_that_are_killed_at_any_instant_are_completed_by_the_next(lake: Settings, seed: int) -> None:
    killed_at_random(lake, kills=50, seed=seed)
