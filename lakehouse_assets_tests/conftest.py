"""One engine for all tests, and a lake of its own for each."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.settings import Settings
from resources.engines import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def engine() -> Iterator[embedded.EmbeddedEngine]:
    """The embedded engine; it starts with the first test that asks for a session."""
    yield embedded.EmbeddedEngine()
    embedded.stop()


@pytest.fixture(scope="session")
def spark(engine: embedded.EmbeddedEngine) -> SparkSession:
    """The engine's session."""
    return engine.spark_session


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty lake in a folder of its own, to which the LAKEHOUSE_* variables point."""
    for name in ("LAKEHOUSE_ROOT", "LAKEHOUSE_LANDING", "LAKEHOUSE_ENGINE", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    return Settings.from_environment()


def pytest_sessionfinish() -> None:
    """Let everything be collected at exit: DuckDB complains of what the definitions froze."""
    gc.unfreeze()
