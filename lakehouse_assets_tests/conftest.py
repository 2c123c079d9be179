"""One engine for all tests, and a lake of its own for each."""

from __future__ import annotations

import gc
import os
import subprocess
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from filelock import FileLock

from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.stores.adls import adls_server
from lakehouse_assets_tests.stores.s3 import s3_server
from lakehouse_assets_tests.stores.store import VARIABLES, Store
from resources.engines import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession
    from xdist.scheduler import LoadFileScheduling

    from resources.cluster.local import Cluster
    from resources.engines.engine import Engine


# How long an example takes tells of the machine, not of the code.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")

# Files whose tests wait for Dagster's daemon most of their time, minutes in all.
WAITING = (
    "operate/backfill/test_bad_day.py",
    "operate/backfill/test_daemon_killed.py",
    "operate/backfill/test_run_ended.py",
    "resources/test_blue_green.py",
    "resources/test_container.py",
    "sensors/test_by_itself.py",
)
OURS = [f"LAKEHOUSE_{name}" for name in ("ROOT", "LAYERS", "LANDING", "QUEUE", "ENGINE", "ENVIRONMENT", "BRANCH")]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    """A file is one worker's. Those that wait are one worker's together, so that the others have the cores."""
    from xdist.scheduler import LoadFileScheduling

    class OneWaits(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "waiting" if file.endswith(WAITING) else file

    return OneWaits(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of several workers: those that wait come first, then the files with the most tests, so that the end is short."""
    if hasattr(config, "workerinput"):
        tests = Counter(item.path for item in items)
        items.sort(key=lambda item: (not str(item.path).endswith(WAITING), -tests[item.path]))


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
def cluster(tmp_path_factory: pytest.TempPathFactory, s3: Store) -> Iterator[Cluster]:
    """A Spark cluster on this machine for all tests, or the one that runs in LAKEHOUSE_TEST_CLUSTER.

    It knows the S3 server of the tests; one that is kept between runs was told of it as CONTRIBUTING.md says.
    """
    from resources.cluster.local import running, start_cluster

    kept = os.environ.get("LAKEHOUSE_TEST_CLUSTER")
    found = running(Path(kept)) if kept else None
    if found is not None:
        yield found
        return
    with pytest.MonkeyPatch.context() as variables:
        for name, value in s3.environment.items():
            variables.setenv(name, value)
        cluster = start_cluster(tmp_path_factory.mktemp("cluster"))
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


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as `make wheel` builds it: within the source tree, so by one process at a time."""
    folder = tmp_path_factory.mktemp("wheel")
    with FileLock(tmp_path_factory.getbasetemp().parent / "wheel.lock"):
        subprocess.run(["make", "--silent", "wheel", f"WHEELS={folder}"], check=True, timeout=600)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty lake in a folder of its own, to which the LAKEHOUSE_* variables point."""
    for name in (*OURS, "DAGSTER_HOME", *VARIABLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "home"))
    return Settings.from_environment()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An S3 server, started by the first test that asks for it."""
    with s3_server(tmp_path_factory.mktemp("s3")) as store:
        yield store


@pytest.fixture(scope="session")
def adls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A server of ADLS's Blob API, started by the first test that asks for it."""
    with adls_server(tmp_path_factory.mktemp("adls")) as store:
        yield store


@pytest.fixture
def s3_lake(s3: Store, lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty lake and landing zone in S3, to which the variables of this process point."""
    return in_store(s3, monkeypatch)


@pytest.fixture
def adls_lake(adls: Store, lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty lake and landing zone in ADLS, to which the variables of this process point."""
    return in_store(adls, monkeypatch)


@pytest.fixture(params=["s3", "adls"])
def stored_lake(request: pytest.FixtureRequest) -> Settings:
    """An empty lake and landing zone, in each object store in turn."""
    return request.getfixturevalue(f"{request.param}_lake")


@pytest.fixture(params=["disk", "s3", "adls"])
def any_lake(request: pytest.FixtureRequest) -> Settings:
    """An empty lake and landing zone, wherever one can lie."""
    return request.getfixturevalue("lake" if request.param == "disk" else f"{request.param}_lake")


def in_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake of its own in a store, by the environment alone."""
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    folder = f"{store.url}/{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("LAKEHOUSE_ROOT", f"{folder}/lake")
    monkeypatch.setenv("LAKEHOUSE_LANDING", f"{folder}/landing")
    return Settings.from_environment()


def pytest_sessionfinish() -> None:
    """Let everything be collected at exit: DuckDB complains of what the definitions froze."""
    gc.unfreeze()
