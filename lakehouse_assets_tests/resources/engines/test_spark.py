"""What a user hears where SPARK_REMOTE leads nowhere, or to a server that will not do."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pyspark
import pytest

from lakehouse_assets.errors import EngineError, SettingsError
from lakehouse_assets_tests.stores.servers import free_ports
from resources.cluster.local import require_java
from resources.cluster.processes import answers, start, wait_until
from resources.engines import engine_of
from resources.engines.spark import SparkEngine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lakehouse_assets.settings import Settings
    from resources.cluster.local import Cluster


@pytest.mark.parametrize("address", ["", "local[2]", "spark://host:7077", "sc://"])
def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, lake: Settings, address: str) -> None:
    monkeypatch.setenv("LAKEHOUSE_ENGINE", "spark")
    monkeypatch.setenv("SPARK_REMOTE", address)
    engine = engine_of(type(lake).from_environment())
    with pytest.raises(SettingsError, match="Remedy: export SPARK_REMOTE=sc://host:15002, or start a cluster"):
        _ = engine.spark_session


def test_nobody_there_is_said_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,), started = free_ports(1), time.monotonic()
    with pytest.raises(EngineError, match=rf"127.0.0.1:{port}: no Spark Connect server answers there"):
        _ = SparkEngine(remote=f"sc://127.0.0.1:{port}").spark_session
    assert time.monotonic() - started < 2


@pytest.fixture
def somebody_else() -> Iterator[int]:
    """A server that speaks something else, and hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def test_a_server_of_another_kind_is_named(somebody_else: int) -> None:
    started = time.monotonic()
    with pytest.raises(EngineError, match="no Spark Connect server, or refuses") as error:
        _ = SparkEngine(remote=f"sc://127.0.0.1:{somebody_else}/;token=secret-word").spark_session
    assert "secret-word" not in str(error.value)
    assert time.monotonic() - started < 20


@pytest.mark.cluster
def test_a_server_of_another_version_is_named(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = pyspark.__version__
    monkeypatch.setattr(pyspark, "__version__", "4.1.9")
    with pytest.raises(EngineError, match=rf"the server is Spark {theirs}, this client is 4.1.9"):
        _ = SparkEngine(remote=f"{cluster.remote}/;user_id=other").spark_session


@pytest.mark.cluster
def test_a_server_without_delta_is_named(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    home = pyspark.__path__[0]
    given = {"spark.connect.grpc.binding.port": str(port), "spark.connect.grpc.binding.address": "127.0.0.1"}
    given |= {"spark.ui.enabled": "false", "spark.sql.warehouse.dir": str(tmp_path)}
    command = [f"{home}/bin/spark-submit", "--class", server, "--master", "local[1]"]
    command += [part for key, value in given.items() for part in ("--conf", f"{key}={value}")]
    environment = {
        "SPARK_HOME": home,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PATH": require_java().rpartition("/")[0] + ":/bin:/usr/bin",
    }
    process = start("plain", [*command, "spark-internal"], tmp_path / "log", environment)
    try:
        wait_until(lambda: answers(port), process, 60)
        with pytest.raises(EngineError, match="the server cannot read Delta tables"):
            _ = SparkEngine(remote=f"sc://127.0.0.1:{port}").spark_session
    finally:
        process.stop()
