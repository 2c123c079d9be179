"""A Dagster home on real SQLite files, and other processes that work in it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

WORKER = Path(__file__).parent / "worker.py"
LOCAL_STORAGE = """
storage:
  custom:
    module: resources.dagster_storage
    class: LocalStorage
    config:
      base_dir: {home}
telemetry:
  enabled: false
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(LOCAL_STORAGE.format(home=home))
    return home


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@pytest.fixture
def default_instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's own storage, whose answers are the truth."""
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as instance:
        yield instance


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Start `worker.py <command> <home> ...` as a process of its own."""
    processes: list[subprocess.Popen[str]] = []

    def start(command: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(WORKER), command, str(home), *arguments],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()
