"""The embedded engine: Sail, in this process, without a JVM, spoken to over Spark Connect."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING, Any

from dagster_pyspark import PySparkResource
from pydantic import Field

if TYPE_CHECKING:
    from dagster import InitResourceContext
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession


class EmbeddedEngine(PySparkResource):
    """A Spark session on an engine inside this process, started when it is first asked for.

    One server and one session serve the whole process; they are stopped at its exit. Sessions keep time in
    UTC. Nothing is started, and no server library is loaded, for a run that computes no frame.
    """

    spark_config: dict[str, Any] = Field(
        default_factory=dict, description="Spark settings of the session, beside the ones the engine needs."
    )

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Do nothing: the engine starts with the first frame, not with the run."""

    @property
    def spark_session(self) -> SparkSession:
        """The process's session; started on first use."""
        return _process_session(self.spark_config)


_lock = threading.Lock()
_running: tuple[SparkConnectServer, SparkSession] | None = None


def _process_session(config: dict[str, Any]) -> SparkSession:
    global _running
    with _lock:
        if _running is None:
            _running = _start(config)
            atexit.register(stop)
        return _running[1]


def _start(config: dict[str, Any]) -> tuple[SparkConnectServer, SparkSession]:
    os.environ.setdefault("RUST_LOG", "error")  # or a warning for each Parquet hint drowns the run's log
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy

    server = SparkConnectServer(ip="127.0.0.1", port=0)
    server.start()
    host, port = server.listening_address
    url = f"sc://{host}:{port}"
    os.environ["SPARK_REMOTE"] = url  # so that `SparkSession.builder.getOrCreate()` in user code finds it
    builder = SparkSession.builder.remote(url).config("spark.sql.session.timeZone", "UTC")
    for key, value in config.items():
        builder = builder.config(key, value)
    session = builder.create()  # getOrCreate would return an earlier session of another address
    # A server that is gone answers never; two tries say so at once instead of after minutes.
    session.client.set_retry_policies([DefaultPolicy(max_retries=2, initial_backoff=50)])
    return server, session


def stop() -> None:
    """Stop the session, then its server: the other way round pyspark's exit hook retries for minutes."""
    global _running
    with _lock:
        if _running is not None:
            server, session = _running
            _running = None
            session.stop()
            server.stop()
            os.environ.pop("SPARK_REMOTE", None)
