"""Storage that gives out in the middle: the last version stays, and the run repeated completes exactly once."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakehouse_assets.making import make
from lakehouse_assets_tests.breaking.steps import Life, living
from lakehouse_assets_tests.breaking.tables import (
    DAYS,
    Seen,
    Visits,
    complete,
    deliver_days,
    no_engine,
    seen,
    undisturbed,
)
from lakehouse_assets_tests.breaking.workers import (
    PROCESSES,
    SECONDS,
    load_and_tell,
    load_and_tell_without_rights,
    process,
)
from lakehouse_assets_tests.small_disk import mount, remount, unmount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_assets.settings import Settings

FEW = DAYS[:2]


@pytest.fixture
def small(lake: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A lake on a file system of its own that holds one version of the table; another has been delivered."""
    place = tmp_path / "small"
    mount(place, "size=100m,nr_inodes=100000")
    settings = dataclasses.replace(lake, root=str(place / "lake"))
    deliver_days(settings, FEW)
    make(Visits, settings, no_engine, FEW)
    deliver_days(settings, FEW, version=2)
    yield settings
    unmount(place)


def disk_of(settings: Settings) -> Path:
    return Path(settings.root).parent


def told(settings: Settings, work: Any, *args: Any) -> str:
    """What a load in a process of its own says of its end."""
    results = PROCESSES.Queue()
    worker = process(work, settings, FEW, results, *args)
    worker.start()
    outcome = str(results.get(timeout=SECONDS))
    worker.join(SECONDS)
    return outcome


def is_before_or_after(there: Seen, before: Seen, after: Seen, outcome: str) -> None:
    assert there in (before, after), outcome
    assert outcome == "done" or outcome.startswith("StorageError: "), outcome
    if outcome == "done":
        assert there == after


@pytest.mark.parametrize(
    ("what", "unit"), [pytest.param("nr_inodes", 1, id="no file more"), pytest.param("size", 4096, id="no byte more")]
)
def test_a_disk_that_is_full_after_any_number_of_files_or_bytes(
    small: Settings, lake: Settings, what: str, unit: int
) -> None:
    """At first it is full while rows are staged, then while they are quarantined, then at the commit."""
    before, after = seen(Visits, small), undisturbed(lake, FEW, version=2)
    disk = os.statvfs(small.root)
    used = disk.f_files - disk.f_ffree if what == "nr_inodes" else (disk.f_blocks - disk.f_bfree) * disk.f_frsize
    outcomes = Counter[str]()
    for more in range(60):
        # What earlier attempts left is removed, so that each has as much room as it is meant to have.
        clear_staged(small)
        remount(disk_of(small), f"{what}={used + more * unit}")
        outcome = told(small, load_and_tell)
        remount(disk_of(small), "size=100m,nr_inodes=100000")
        is_before_or_after(seen(Visits, small), before, after, outcome)
        outcomes[outcome.split(":")[0]] += 1
        if seen(Visits, small) == after:
            break
    assert outcomes["StorageError"] > 5
    complete(small, FEW, after)


def clear_staged(settings: Settings) -> None:
    from deltalake import DeltaTable

    for url in (settings.table_url("bronze", "visits"), settings.quarantine_url("bronze", "visits")):
        DeltaTable(url).vacuum(0, dry_run=False, enforce_retention_duration=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user in the middle")
def test_rights_that_are_lost_after_any_step(small: Settings, lake: Settings) -> None:
    before, after = seen(Visits, small), undisturbed(lake, FEW, version=2)
    refused = step = 0
    while True:
        step += 1
        outcome = told(small, load_and_tell_without_rights, step)
        is_before_or_after(seen(Visits, small), before, after, outcome)
        refused += outcome.startswith("StorageError")
        if seen(Visits, small) == after:
            break
    assert refused > 10
    complete(small, FEW, after)


def test_a_load_that_was_refused_at_every_step_in_turn_leaves_nothing_that_another_reads(
    small: Settings, lake: Settings
) -> None:
    """In one process, so that what an error leaves in memory counts too."""
    before, after = seen(Visits, small), undisturbed(lake, FEW, version=2)
    for step in range(1, 200):

        def full() -> None:
            raise OSError(28, "No space left on device")

        life = Life(step, full)
        with living(life):
            try:
                make(Visits, small, no_engine, FEW)
            except Exception as error:  # noqa: BLE001 - whatever a full disk becomes, it is told
                outcome = f"{type(error).__name__}: {error}"
            else:
                outcome = "done"
        is_before_or_after(seen(Visits, small), before, after, outcome)
        if seen(Visits, small) == after:
            break
    complete(small, FEW, after)
