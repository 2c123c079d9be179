"""The Spark session of a process that was asked to run a table: the platform's own, wherever it is."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from lakehouse_assets.publish.staged_write import STAGING_TASKS, embedded_tasks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RUNTIME = "DATABRICKS_RUNTIME_VERSION"  # Databricks sets it on every driver, serverless ones included
# What makes rows and files the same as on any other engine, whatever the cluster was set to.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
}
OF_A_CLUSTER = {
    # Databricks' own protocol leaves files of its own beside the Parquet.
    "spark.sql.sources.commitProtocolClass": (
        "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol"
    ),
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    "spark.sql.sources.partitionOverwriteMode": "static",
}


class Session:
    """A session that is started when it is first asked for.

    On Databricks it is the session that the driver brings, elsewhere one of the server that SPARK_REMOTE
    names, and without that one of an engine in this process. It keeps time in UTC.
    """

    def __init__(self) -> None:
        self._session: SparkSession | None = None
        self._server: Any = None

    def __call__(self) -> SparkSession:
        """The session."""
        if self._session is None:
            self._session = self._start()
            for name, value in SETTINGS.items():
                self._session.conf.set(name, value)
            if self._server is not None:
                self._session.conf.set(STAGING_TASKS, str(embedded_tasks()))
            else:
                from pyspark.errors import PySparkException

                for name, value in OF_A_CLUSTER.items():
                    # Serverless has settings of its own for files, and takes none of ours.
                    with contextlib.suppress(PySparkException):
                        self._session.conf.set(name, value)
        return self._session

    def _start(self) -> SparkSession:
        from pyspark.sql import SparkSession

        if RUNTIME in os.environ:
            return SparkSession.builder.getOrCreate()
        url = os.environ.get("SPARK_REMOTE")
        if url is None:
            from pysail.spark import SparkConnectServer

            os.environ.setdefault("RUST_LOG", "error")
            self._server = SparkConnectServer(ip="127.0.0.1", port=0)
            self._server.start()
            host, port = self._server.listening_address
            url = os.environ["SPARK_REMOTE"] = f"sc://{host}:{port}"
        return SparkSession.builder.remote(url).getOrCreate()

    def stop(self) -> None:
        """End what was started here; Databricks ends its own."""
        if self._session is not None and RUNTIME not in os.environ:
            self._session.stop()
        if self._server is not None:
            self._server.stop()
            os.environ.pop("SPARK_REMOTE", None)
        self._session = self._server = None
