"""One engine for all tests, and a lake of its own for each."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.settings import Settings
from resources.engines import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from resources.cluster.local import Cluster
    from resources.engines.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[embedded.EmbeddedEngine]:
    """The embedded engine; it starts with the first test that asks for a session."""
    yield embedded.EmbeddedEngine()
    embedded.stop()


@pytest.fixture(scope="session")
def spark(engine: embedded.EmbeddedEngine) -> SparkSession:
    """The engine's session."""
    return engine.spark_session


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Spark cluster on this machine for all tests, or the one that runs in LAKEHOUSE_TEST_CLUSTER."""
    from resources.cluster.local import running, start_cluster

    kept = os.environ.get("LAKEHOUSE_TEST_CLUSTER")
    found = running(Path(kept)) if kept else None
    if found is not None:
        yield found
        return
    # It lives for minutes: machine code that takes long to make never pays.
    quick = {f"spark.{part}.extraJavaOptions": "-XX:TieredStopAtLevel=1" for part in ("driver", "executor")}
    cluster = start_cluster(tmp_path_factory.mktemp("cluster"), s3=False, settings=quick)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def cluster_engine(cluster: Cluster) -> Iterator[Engine]:
    """The engine of that cluster."""
    from resources.engines.spark import SparkEngine

    yield SparkEngine(remote=cluster.remote)
    embedded.stop()


@pytest.fixture(scope="session")
def on_cluster(cluster_engine: Engine) -> SparkSession:
    """The cluster's session."""
    return cluster_engine.spark_session


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
