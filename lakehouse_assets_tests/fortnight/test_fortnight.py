"""A lake that was left alone for two weeks of delays, corrections, corruption and crashes is the undisturbed one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakehouse_assets.catalog import tables
from lakehouse_assets.demo.land import land
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.fortnight.deliveries import Sender
from lakehouse_assets_tests.fortnight.script import DAYS
from lakehouse_assets_tests.parity.contents import accepted, apart, columns

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from resources.engines.embedded import EmbeddedEngine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the true files of two weeks lie."""
    folder = tmp_path_factory.mktemp("fortnight")
    list(land(str(folder / "source"), first=DAYS[0], last=DAYS[-1]))
    Sender(folder / "source", folder).shorten()
    return folder


@pytest.fixture(scope="module")
def seen(folder: Path) -> dict[str, Any]:
    """What the script saw."""
    command = [sys.executable, "-m", "lakehouse_assets_tests.fortnight.script", str(folder)]
    played = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert played.returncode == 0, played.stderr[-4000:]
    return dict(json.loads(played.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def disturbed(folder: Path, seen: dict[str, Any]) -> Settings:
    return settings_of(folder / "disturbed")


@pytest.fixture(scope="module")
def calm(folder: Path, disturbed: Settings, engine: EmbeddedEngine) -> Settings:
    """A lake that was made at once, of the files as they were in the end."""
    settings = settings_of(folder / "calm")
    shutil.copytree(disturbed.landing, settings.landing, copy_function=shutil.copy2)
    for table in tables().values():
        slots = Lake(settings).available(table, slots_of(table))
        make(table, settings, lambda: engine.spark_session, slots if table.calendar else None)
    return settings


def settings_of(home: Path) -> Settings:
    return Settings(home, str(home / "lake"), str(home / "landing"), "embedded")


def slots_of(table: Table) -> tuple[str, ...]:
    return table.calendar.keys() if table.calendar else ("",)


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.id)
def test_each_table_is_as_if_nothing_had_ever_gone_wrong(table: Table, disturbed: Settings, calm: Settings) -> None:
    # A file that was sent again unchanged is no news, so a row keeps the time at which it first came.
    first_came = ("_source_modified",)
    assert accepted(table, disturbed, but=first_came) == accepted(table, calm, but=first_came)
    assert apart(table, disturbed) == apart(table, calm)
    assert columns(table, disturbed) == columns(table, calm)


def test_nothing_is_left_to_be_made(disturbed: Settings) -> None:
    lake = Lake(disturbed)
    assert {table.id: due for table in tables().values() if (due := lake.stale(table))} == {}


def test_the_daemon_met_nothing_that_it_could_not_cope_with(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
    assert [day["STARTED"] for day in seen["runs"] if "STARTED" in day] == []
