"""Run monitoring fails a run whose process is gone, and no other."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from lakehouse_assets.demo.land import land
from lakehouse_assets_tests.breaking.command import started
from lakehouse_assets_tests.stores.servers import free_ports
from resources import run_launcher
from resources.cluster.processes import answers
from resources.dagster_home import open_instance
from resources.run_launcher import PROCESS, this_process

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

STARTED, FAILURE = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


@pytest.fixture
def instance(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(lake.dagster_home))
    with open_instance(lake) as instance:
        yield instance


@dg.op
def nothing() -> None:
    """A step."""


@dg.job
def idle() -> None:
    nothing()


def left(instance: dg.DagsterInstance, **tags: str) -> str:
    """A run that began and never ended; its id."""
    return instance.create_run_for_job(idle, tags=tags, status=STARTED).run_id


def monitored(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    """What becomes of a run when the daemon looks at all runs once."""
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as context:
        problems = list(execute_run_monitoring_iteration(context, logging.getLogger("monitoring")))
    assert not any(problems)
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


@pytest.fixture
def code_server(tmp_path: Path) -> Iterator[int]:
    """The port of a code server that executes no run."""
    (tmp_path / "served.py").write_text("import dagster as dg\ndefs = dg.Definitions()\n")
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "dagster", "api", "grpc", "-f", "served.py", "-h", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(port):
            assert server.poll() is None, "the code server ended"
            time.sleep(0.1)
        yield port
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


def test_a_command_that_was_killed_leaves_a_run_that_fails_and_holds_back_nothing(
    lake: Settings, instance: dg.DagsterInstance
) -> None:
    list(land(lake.landing, first="2017-01-01", last="2017-01-01"))
    # Somebody else has the table's place, so that the run cannot be over before it is killed.
    pool, events = "bronze_transactions", instance.event_log_storage
    events.initialize_concurrency_limit_to_default(pool)
    assert events.claim_concurrency_slot(pool, left(instance, **{PROCESS: this_process()}), "some_step").is_claimed
    process = started(lake.home, "run", "bronze/transactions")
    while not (waiting := events.get_concurrency_info(pool).pending_run_ids):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    (run_id,) = waiting
    assert monitored(instance, run_id) == STARTED
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert monitored(instance, run_id) == FAILURE


def test_a_run_whose_process_lives_or_is_on_another_machine_is_left_alone(instance: dg.DagsterInstance) -> None:
    for process in (this_process(), "elsewhere/1/1"):
        run_id = left(instance, **{PROCESS: process})
        assert monitored(instance, run_id) == STARTED


def test_an_id_that_another_process_was_given_since_is_not_taken_for_the_run(instance: dg.DagsterInstance) -> None:
    host, pid, _ = this_process().rsplit("/", 2)
    assert monitored(instance, left(instance, **{PROCESS: f"{host}/{pid}/1"})) == FAILURE


def test_a_run_that_its_code_server_does_not_know_has_failed(instance: dg.DagsterInstance, code_server: int) -> None:
    told = json.dumps({"host": "127.0.0.1", "port": code_server})
    assert monitored(instance, left(instance, **{GRPC_INFO_TAG: told})) == FAILURE


def test_a_run_of_a_code_server_that_is_gone_fails_after_a_while_and_not_at_once(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = left(instance, **{GRPC_INFO_TAG: json.dumps({"host": "localhost", "socket": str(tmp_path / "gone")})})
    assert monitored(instance, run_id) == STARTED
    monkeypatch.setattr(run_launcher, "OUT_OF_REACH_SECONDS", 0)
    assert monitored(instance, run_id) == FAILURE
