"""A lake of two days, made by the command once for all tests of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lakehouse_assets_tests.cli.command import DAYS, lakehouse


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that the demo has filled with two days."""
    home = tmp_path_factory.mktemp("cli")
    done = lakehouse(home, "demo", *DAYS)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def fresh(home: Path, tmp_path: Path) -> Path:
    """A copy of that home, to be changed."""
    return Path(shutil.copytree(home, tmp_path / "home", copy_function=shutil.copy2))
