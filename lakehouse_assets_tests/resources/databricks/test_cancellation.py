"""Terminating a Dagster run in its web interface's own way ends the job that it waits for."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakehouse_assets_tests.stores.servers import free_ports
from resources.dagster_home import prepare_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lakehouse_assets.settings import Settings
    from lakehouse_assets_tests.resources.databricks.workspace import FakeWorkspace

DAY = "2017-01-01"
LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on Error { message }
} }"""
TERMINATE = "mutation($r: String!) { terminateRun(runId: $r) { __typename } }"
STATUS = "query($r: ID!) { runOrError(runId: $r) { ... on Run { status } } }"


@pytest.fixture
def server(landed: Settings, workspace: FakeWorkspace) -> Iterator[str]:
    """A real Dagster webserver over the definitions, which starts runs in processes of their own."""
    home = prepare_home(landed)
    (port,) = free_ports(1)
    command = [Path(sys.executable).with_name("dagster-webserver"), "-m", "lakehouse_assets.definitions"]
    process = subprocess.Popen(
        [*map(str, command), "-h", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "yes"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/graphql"
    try:
        waited(lambda: ask(url, "{ version }", {}))
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def ask(url: str, query: str, variables: dict[str, Any]) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["data"]


def waited(look: Callable[[], Any], seconds: float = 180) -> Any:
    """What `look` gives once it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if found := look():
                return found
        time.sleep(0.2)
    pytest.fail("waited in vain")


def test_terminating_the_dagster_run_cancels_the_job_and_the_run_ends_as_cancelled(
    landed: Settings, workspace: FakeWorkspace, server: str
) -> None:
    workspace.frozen = True
    launched = ask(
        server,
        LAUNCH,
        {
            "p": {
                "selector": {
                    "repositoryLocationName": "lakehouse_assets.definitions",
                    "repositoryName": "__repository__",
                    "jobName": "__ASSET_JOB",
                    "assetSelection": [{"path": ["bronze", "transactions"]}],
                },
                "executionMetadata": {"tags": [{"key": "dagster/partition", "value": DAY}]},
            }
        },
    )["launchRun"]
    assert "run" in launched, launched
    run_id = launched["run"]["runId"]
    job = waited(lambda: next((r for r in workspace.runs.values() if r.life == "RUNNING"), None))
    assert ask(server, TERMINATE, {"r": run_id})["terminateRun"]["__typename"] == "TerminateRunSuccess"
    waited(lambda: job.result)
    assert (job.result, job.process.poll()) == ("CANCELED", -signal.SIGKILL)
    status = waited(lambda: (s := ask(server, STATUS, {"r": run_id})["runOrError"]["status"]) != "CANCELING" and s)
    assert status == "CANCELED"
    assert len(workspace.runs) == 1
    assert not Path(landed.root[7:], "bronze/transactions").exists()
