"""A real Dagster instance for the alerts: that of a lake's home, with the storage that `lakehouse dev` has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from resources.dagster_home import prepare_home

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


@pytest.fixture
def instance(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance without a record."""
    monkeypatch.setenv("DAGSTER_HOME", str(prepare_home(lake)))
    with dg.DagsterInstance.get() as instance:
        yield instance
