"""The embedded engine: Sail, in this process, without a JVM, spoken to over Spark Connect."""

from __future__ import annotations

import os

from lakehouse_assets.publish.staged_write import STAGING_TASKS, embedded_tasks
from resources.engines.engine import Engine, Running, configure, connect, stop

__all__ = ["EmbeddedEngine", "stop"]


class EmbeddedEngine(Engine):
    """A Spark session on an engine inside this process. One server serves the whole process, until its exit."""

    @property
    def address(self) -> str:
        """The one server of this process."""
        return "embedded"

    def _start(self) -> Running:
        os.environ.setdefault("RUST_LOG", "error")  # or a warning for each Parquet hint drowns the run's log
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer(ip="127.0.0.1", port=0)
        server.start()
        host, port = server.listening_address
        url = f"sc://{host}:{port}"
        before = os.environ.get("SPARK_REMOTE")
        os.environ["SPARK_REMOTE"] = url  # so that `SparkSession.builder.getOrCreate()` in user code finds it
        session = connect(url, tries=2)
        configure(session, {STAGING_TASKS: str(embedded_tasks())} | self.spark_config)

        def end() -> None:
            # The other way round pyspark's exit hook retries for minutes.
            session.stop()
            server.stop()
            os.environ.pop("SPARK_REMOTE", None)
            if before is not None:
                os.environ["SPARK_REMOTE"] = before

        return Running(session, end)
