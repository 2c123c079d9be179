"""A lake of two days, made by the command once for all tests of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakehouse_assets_tests.cli.test_commands import DAYS, lakehouse


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that the demo has filled with two days."""
    home = tmp_path_factory.mktemp("cli")
    done = lakehouse(home, "demo", *DAYS)
    assert done.returncode == 0, done.stderr
    return home
