"""The hard cases by jobs of a workspace, over lakes in object stores, from a wheel that holds their tables."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from lakehouse_assets import catalog
from lakehouse_assets.lake import Lake
from lakehouse_assets.orchestration.quarantine import WHY
from lakehouse_assets.settings import Settings
from lakehouse_assets.storage import place
from lakehouse_assets_tests.conftest import in_store
from lakehouse_assets_tests.parity import hard
from lakehouse_assets_tests.parity.contents import accepted, apart, columns
from lakehouse_assets_tests.parity.hard import CHANGED, DAYS, FILES, HEADER, TABLES, lenient
from lakehouse_assets_tests.parity.homes import JOBS_IN_STORES, Home
from lakehouse_assets_tests.resources.databricks.conftest import instance, lake, machines, workspace
from lakehouse_assets_tests.resources.databricks.running import checks, facts, reason, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dagster as dg

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets_tests.resources.databricks.workspace import FakeWorkspace
    from lakehouse_assets_tests.stores.store import Store

# What a job needs: a workspace, machines, the wheel, a lake that jobs reach, Dagster's records.
__all__ = ["instance", "lake", "machines", "workspace"]

pytestmark = pytest.mark.cluster

LENIENT = lenient()


@pytest.fixture(autouse=True)
def hard_tables() -> Iterator[None]:
    with patch.object(catalog, "tables", lambda: TABLES):
        yield


@pytest.fixture
def store(request: pytest.FixtureRequest, home: Home) -> Store:
    return request.getfixturevalue(home.store)


@pytest.fixture
def settings(workspace: FakeWorkspace, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake in the store, whose secrets only the workspace gives to a job."""
    secrets = {name: value for name, value in store.environment.items() if "KEY" in name}
    workspace.secrets = {f"lake/{name}": value for name, value in secrets.items()}
    given = store.environment | {name: f"{{{{secrets/lake/{name}}}}}" for name in secrets}
    file = tmp_path / "databricks.toml"
    file.write_text("[environment]\n" + "".join(f'{name} = "{value}"\n' for name, value in given.items()))
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_FILE", str(file))
    return in_store(store, monkeypatch)


class Both:
    """The same runs by jobs, and in this process on the embedded engine, over the same deliveries."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance, patch: pytest.MonkeyPatch) -> None:
        self.jobs, self.instance, self.patch = settings, instance, patch
        self.here = Settings(settings.home, f"{settings.root}-embedded", settings.landing, "embedded")

    def run(self, table: Table, key: str, **tags: str) -> None:
        """Materialise an asset for all days that its table can have, in both; what is said of it is the same."""
        there = Lake(self.jobs).available(table, DAYS) if table.calendar else []
        span = (there[0], there[-1]) if there else ()
        remote = run(self.instance, key, *span, **tags)
        with self.patch.context() as variables:
            variables.setenv("LAKEHOUSE_ROOT", self.here.root)
            local = run(self.instance, key, *span, remote=False, **tags)
        assert (remote.success, local.success) == (True, True), f"{key}: {reason(local if remote.success else remote)}"
        assert checks(self.instance, remote) == checks(self.instance, local), key
        assert facts(self.instance, remote, key) == facts(self.instance, local, key), key

    def require_same(self, table: Table) -> None:
        for look in (accepted, apart, columns):
            assert look(table, self.jobs) == look(table, self.here), f"{table.id}: {look.__name__}"


def deliver(settings: Settings, files: dict[str, list[str]]) -> None:
    """Let files arrive in the landing zone, wherever it is."""
    zone = place(settings.landing)
    for name, lines in files.items():
        content = (HEADER + "".join(f"{line}\n" for line in lines)).encode()
        zone.put(f"events/{name}", lambda file, content=content: file.write(content))


def hold_in_wheel(workspace: FakeWorkspace, wheel: Path, code: str = "") -> None:
    """Put the hard tables, and code after them, into the wheel that the workspace's jobs install."""
    (found,) = workspace.volumes.glob(f"**/{wheel.name}")
    found.unlink()
    shutil.copy(wheel, found)
    with zipfile.ZipFile(found, "a") as archive:
        archive.writestr("lakehouse_assets/bronze/hard.py", Path(hard.__file__).read_text() + code)


@pytest.mark.parametrize("home", JOBS_IN_STORES, ids=str)
def test_hard_cases_by_jobs(
    home: Home,
    settings: Settings,
    workspace: FakeWorkspace,
    wheel: Path,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same hard cases and changes, and a replay under a newer wheel, by jobs of a workspace"""
    both = Both(settings, instance, monkeypatch)
    hold_in_wheel(workspace, wheel)
    for files in (FILES, CHANGED):
        deliver(settings, files)
        for table in TABLES.values():
            both.run(table, table.id)
            both.require_same(table)
    hold_in_wheel(workspace, wheel, "\n\nall_events = lenient()\n")
    before = accepted(LENIENT, settings)
    with patch.object(catalog, "tables", lambda: TABLES | {LENIENT.id: LENIENT}):
        both.run(LENIENT, f"quarantine/{LENIENT.parameter}", **{WHY: "the contract permits more"})
        both.require_same(LENIENT)
    assert accepted(LENIENT, settings) != before
