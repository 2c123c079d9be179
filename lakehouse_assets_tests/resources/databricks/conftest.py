"""A fake workspace, the wheel in a volume of it, and the definitions that run tables there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.pipes import utils

from lakehouse_assets.demo.land import land
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.resources.databricks.machines import Machines
from lakehouse_assets_tests.resources.databricks.requests import TOKEN
from lakehouse_assets_tests.resources.databricks.workspace import FakeWorkspace
from lakehouse_assets_tests.stores.store import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Machines:
    """Machines that keep what they installed."""
    return Machines(tmp_path_factory.mktemp("machines"))


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty lake on disk that the workspace's jobs reach, by URL."""
    for name in ("LAKEHOUSE_CATALOG", "DAGSTER_HOME", "DATABRICKS_CONFIG_PROFILE", *VARIABLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    base = f"file://{tmp_path}"
    monkeypatch.setenv("LAKEHOUSE_ROOT", f"{base}/lake")
    monkeypatch.setenv("LAKEHOUSE_LANDING", f"{base}/landing")
    monkeypatch.setenv("LAKEHOUSE_ENGINE", "databricks")
    return Settings.from_environment()


@pytest.fixture
def workspace(
    tmp_path: Path, machines: Machines, wheel: Path, lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeWorkspace]:
    """A workspace that the environment points to, with the wheel in its volume."""
    volume = tmp_path / "Volumes/main/ops/lakehouse"
    volume.mkdir(parents=True)
    (volume / wheel.name).symlink_to(wheel)
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_VOLUME", str(volume))
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_POLL_SECONDS", "0.3")
    # Of a job that said nothing Pipes waits so long for what it may still say.
    monkeypatch.setattr(utils, "WAIT_FOR_LOGS_AFTER_EXECUTION_INTERVAL", 1)
    with FakeWorkspace(tmp_path / "Volumes", machines) as fake:
        monkeypatch.setenv("DATABRICKS_HOST", fake.url)
        monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
        yield fake


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Dagster's records of one test."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days of deliveries."""
    folder = tmp_path_factory.mktemp("deliveries")
    list(land(str(folder), first="2017-01-01", last="2017-01-03"))
    return folder


@pytest.fixture
def landed(lake: Settings, deliveries: Path) -> Settings:
    """A lake into whose landing zone three days were delivered."""
    shutil.copytree(deliveries, lake.landing.removeprefix("file://"))
    return lake
