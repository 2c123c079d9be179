"""What writes one table takes turns, waits without work, and never waits for a run that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets_tests.breaking.command import SOURCES
from lakehouse_assets_tests.stores import outside
from resources.dagster_home import open_instance
from resources.executor import execute_here
from resources.run_launcher import PROCESS, this_process

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

# A table whose step lasts until somebody says so; it says itself what it took to come to its end.
CODE = """
import pathlib, sys, time
import dagster as dg
from resources.executor import execute_here, one_process
from resources.run_launcher import PROCESS, this_process

@dg.asset(pool="some_table")
def some_table(context):
    while not pathlib.Path("end").exists():
        time.sleep(0.05)

job = dg.Definitions([some_table], executor=one_process).resolve_implicit_global_asset_job_def()
with dg.DagsterInstance.get() as instance:
    before = time.process_time()
    done = execute_here(job, instance, [some_table.key], {}, {PROCESS: this_process()})
    print(time.process_time() - before)
    sys.exit(not done.success)
"""


@pytest.fixture
def instance(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(lake.dagster_home))
    with open_instance(lake) as instance:
        yield instance


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a process that makes the table."""
    processes: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        environment = os.environ | {"PYTHONPATH": str(SOURCES)}
        command = [sys.executable, "-c", CODE]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def steps(instance: dg.DagsterInstance, kind: dg.DagsterEventType) -> list[float]:
    """When each event of this kind was, in all runs."""
    return [
        record.timestamp
        for run in instance.get_runs()
        for record in instance.get_records_for_run(run.run_id, of_type=kind).records
    ]


def wait_for(done: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.05)


def waits(instance: dg.DagsterInstance, pool: str) -> bool:
    """Whether a step waits for this table."""
    return bool(instance.event_log_storage.get_concurrency_info(pool).pending_run_ids)


def test_two_runs_of_a_table_take_turns_and_the_one_that_waits_does_no_work(
    instance: dg.DagsterInstance, run: Callable[[], subprocess.Popen[str]], tmp_path: Path
) -> None:
    first = run()
    wait_for(lambda: steps(instance, dg.DagsterEventType.STEP_START))
    second = run()
    wait_for(lambda: waits(instance, "some_table"))
    time.sleep(4)
    assert len(steps(instance, dg.DagsterEventType.STEP_START)) == 1
    (tmp_path / "end").touch()
    assert first.wait(60) == 0
    used = float(second.communicate(timeout=60)[0])
    assert second.returncode == 0
    begun, ended = (
        steps(instance, kind) for kind in (dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS)
    )
    assert max(begun) > min(ended)
    assert used < 2, "Dagster's own executor works through the four seconds"


def test_the_place_of_a_killed_run_is_free_without_a_daemon(
    instance: dg.DagsterInstance, run: Callable[[], subprocess.Popen[str]], tmp_path: Path
) -> None:
    killed = run()
    wait_for(lambda: steps(instance, dg.DagsterEventType.STEP_START))
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    (tmp_path / "end").touch()
    assert run().wait(60) == 0


@pytest.mark.parametrize("key", ["bronze/campaigns", "quarantine/bronze_campaigns", "maintenance/bronze_campaigns"])
def test_a_table_its_replay_and_its_maintenance_wait_for_one_another(
    lake: Settings, instance: dg.DagsterInstance, key: str
) -> None:
    from lakehouse_assets.definitions import defs

    outside.write(f"{lake.landing}/campaigns/campaigns.csv", b"campaign_id,household_id\n1,1\n")
    pool, events = "bronze_campaigns", instance.event_log_storage
    holder = instance.create_run_for_job(idle, tags={PROCESS: this_process()}, status=dg.DagsterRunStatus.STARTED)
    events.initialize_concurrency_limit_to_default(pool)
    assert events.claim_concurrency_slot(pool, holder.run_id, "some_step").is_claimed
    job = defs.resolve_implicit_global_asset_job_def()
    done: list[bool] = []
    made = threading.Thread(
        target=lambda: done.append(execute_here(job, instance, [dg.AssetKey(key.split("/"))], {}, {}).success)
    )
    made.start()
    wait_for(lambda: waits(instance, pool))
    time.sleep(2)
    assert steps(instance, dg.DagsterEventType.STEP_START) == []
    events.free_concurrency_slots_for_run(holder.run_id)
    made.join(60)
    assert done == [True]


@dg.op
def nothing() -> None:
    """A step."""


@dg.job
def idle() -> None:
    nothing()
