"""A run of a backfill is cancelled, or its process killed, while it is under way: real daemon, real processes."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.demo.land import land
from lakehouse_assets.lake import Lake
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.breaking.command import started
from lakehouse_assets_tests.operate.backfill.a_daemon import daemon, said, wait_for, wait_for_ends
from resources.dagster_home import open_instance

DAYS = ("2017-01-01", "2017-01-02")
TABLE = find_table("bronze/transactions")
TIMES = 1_200  # that a delivery says the same: ten seconds of reading and more
Status = dg.DagsterRunStatus


@pytest.fixture
def landed(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake with two days of large deliveries."""
    for day in DAYS:
        list(land(lake.landing, first=day, last=day))
        (file,) = Path(lake.landing, "transactions", day).iterdir()
        header, *lines = file.read_text().splitlines(keepends=True)
        file.write_text(header + "".join(lines) * TIMES)
    monkeypatch.setenv("DAGSTER_HOME", str(lake.dagster_home))
    return lake


@pytest.fixture
def instance(landed: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(landed) as instance:
        yield instance


def statuses(instance: dg.DagsterInstance) -> list[Status]:
    """How each run stands, the first one first."""
    return [run.status for run in reversed(instance.get_runs())]


def under_way(lake: Settings, instance: dg.DagsterInstance) -> None:
    """Starts a backfill and waits until its run has written something that is not published yet."""
    assert "Started backfill " in said(lake, "start", TABLE.id)
    wait_for(lambda: list(Path(lake.root).rglob("*.parquet")), "the midst of the run")
    assert statuses(instance) == [Status.STARTED]
    assert Lake(lake).version(TABLE) is None


def process_of_run(instance: dg.DagsterInstance) -> int:
    """The id of the process that executes the only run."""
    (run,) = instance.get_runs()
    said_so = [entry.user_message + str(entry.message) for entry in instance.all_logs(run.run_id)]
    (pid,) = {int(found) for line in said_so for found in re.findall(r"process for run \(pid: (\d+)\)", line)}
    return pid


def cancel(lake: Settings, instance: dg.DagsterInstance) -> None:
    """Cancels the backfill. Its run stands still until it is told so: the command may take as long as the run."""
    run = process_of_run(instance)
    os.kill(run, signal.SIGSTOP)
    try:
        command = started(lake.home, "backfill", "cancel")
        wait_for(lambda: statuses(instance) == [Status.CANCELING], "the word that it is cancelled")
    finally:
        os.kill(run, signal.SIGCONT)
    assert "is being cancelled" in command.communicate(timeout=300)[0]


def resumed(lake: Settings, instance: dg.DagsterInstance) -> None:
    """What is left is made once, by one more run."""
    assert "Started backfill " in said(lake, "resume")
    wait_for_ends(lake, 2)
    assert "done" in said(lake, "status")
    assert statuses(instance)[1:] == [Status.SUCCESS]
    assert Lake(lake).version(TABLE) == 0
    assert not Lake(lake).stale(TABLE)
    assert "Nothing is left" in said(lake, "resume")


def test_a_cancelled_backfill_ends_its_run_publishes_nothing_and_is_completed_when_resumed(
    landed: Settings, instance: dg.DagsterInstance
) -> None:
    with daemon(landed):
        under_way(landed, instance)
        cancel(landed, instance)
        wait_for_ends(landed, 1)
        assert ": cancelled" in said(landed, "status")
        assert statuses(instance) == [Status.CANCELED]
        retried = dg.DagsterEventType.STEP_UP_FOR_RETRY
        assert not instance.get_records_for_run(instance.get_runs()[0].run_id, of_type=retried).records
        time.sleep(5)  # the daemon looks every two seconds
        assert statuses(instance) == [Status.CANCELED]
        assert Lake(landed).version(TABLE) is None
        resumed(landed, instance)


def test_a_run_whose_process_is_killed_keeps_no_place_and_the_backfill_is_completed_when_resumed(
    landed: Settings, instance: dg.DagsterInstance
) -> None:
    with daemon(landed):
        under_way(landed, instance)
        os.kill(process_of_run(instance), signal.SIGKILL)
        wait_for(lambda: statuses(instance) == [Status.FAILURE], "its end")
        events = instance.event_log_storage
        wait_for(lambda: not events.get_concurrency_info(TABLE.parameter).active_run_ids, "its place")
        wait_for_ends(landed, 1)
        assert "over, with failures" in said(landed, "status")
        assert Lake(landed).version(TABLE) is None
        resumed(landed, instance)
