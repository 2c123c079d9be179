"""What the image's containers are started with starts here: the code by itself, and the UI that finds it by name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
import yaml

from lakehouse_assets_tests.stores.servers import free_ports

REPOSITORY = Path(__file__).parents[2]
SERVICES = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
  name loadStatus locationOrLoadError { ... on RepositoryLocation { repositories { name assetNodes { id } } } }
} } } }"""


@pytest.fixture
def ports() -> dict[str, str]:
    """A free port in place of each that a container would have to itself."""
    return dict(zip(("3000", "4000"), map(str, free_ports(2)), strict=True))


@pytest.fixture
def deployed(tmp_path: Path, ports: dict[str, str]) -> Path:
    """What lies in /app/deploy, with Dagster's records on disk instead of in Postgres, which test_deploy.py has."""
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:  # SQLite files have to be made by one process alone
        assert (instance.get_runs_count(), instance.all_instigator_state()) == (0, [])
    shutil.copy(REPOSITORY / "resources/deploy/workspace.yaml", tmp_path)
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text(workspace.read_text().replace("4000", ports["4000"]))
    return tmp_path


@contextmanager
def started(service: str, deployed: Path, ports: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A container's command as compose.yaml has it, on this machine's own address and ports."""
    command = [ports.get(word, word).replace("/app/deploy", str(deployed)) for word in SERVICES[service]["command"]]
    command = [word.replace("0.0.0.0", "127.0.0.1") for word in command]
    command[0] = str(Path(sys.executable).with_name(command[0]))
    known = {name: value for name, value in os.environ.items() if not name.startswith(("LAKEHOUSE_", "DAGSTER_"))}
    told = {"DAGSTER_HOME": str(deployed), "LAKEHOUSE_CODE_HOST": "127.0.0.1", "LAKEHOUSE_HOME": str(deployed / "home")}
    with (deployed / f"{service}.log").open("wb") as log:
        process = subprocess.Popen(command, env=known | told, cwd=deployed, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def test_the_ui_finds_the_code_that_a_server_of_its_own_has(deployed: Path, ports: dict[str, str]) -> None:
    with started("code", deployed, ports), started("webserver", deployed, ports) as webserver:
        address = f"http://127.0.0.1:{ports['3000']}"
        entry = _until_loaded(address, webserver, deployed / "webserver.log")
    assert entry["name"] == "lakehouse"
    assert len(entry["locationOrLoadError"]["repositories"][0]["assetNodes"]) > 20


def _until_loaded(address: str, webserver: subprocess.Popen[bytes], log: Path) -> dict:
    query = urllib.request.Request(
        f"{address}/graphql", json.dumps({"query": LOCATIONS}).encode(), {"Content-Type": "application/json"}
    )
    ends = time.monotonic() + 300
    while time.monotonic() < ends:
        assert webserver.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(query, timeout=30) as answer:
                (entry,) = json.load(answer)["data"]["workspaceOrError"]["locationEntries"]
            if "repositories" in (entry["locationOrLoadError"] or {}):
                return entry
            reload = {"query": "mutation { reloadWorkspace { __typename } }"}
            urllib.request.urlopen(
                urllib.request.Request(query.full_url, json.dumps(reload).encode(), dict(query.header_items())),
                timeout=30,
            ).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(1)
    raise AssertionError("the UI did not find the code in five minutes")
