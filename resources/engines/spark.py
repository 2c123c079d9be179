"""A Spark cluster as the engine: any Spark Connect endpoint whose server has Delta Lake."""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lakehouse_assets.errors import EngineError, SettingsError
from resources.engines.engine import Engine, Running, configure, connect
from resources.engines.library import ship_library

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pyspark.sql import SparkSession

    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.load import Bronze, Loaded
    from resources.engines.maintenance import Maintenance

VARIABLE = "SPARK_REMOTE"
PORT = 15002  # of a Spark Connect server, where its address names none
SECONDS = 5.0  # for a server to answer the telephone at all
NOWHERE = "/lakehouse-assets-no-such-table"
KNOWS_DELTA = ("PATH_NOT_FOUND", "DELTA_PATH_DOES_NOT_EXIST", "DELTA_TABLE_NOT_FOUND", "DELTA_MISSING_DELTA_TABLE")

# What makes rows and files the same as on the embedded engine, whatever the server was set to.
SESSION = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    # Times of the other kind have no statistics, and Delta readers would not skip files by them.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # What is staged are Parquet files; a marker beside them would stay for ever.
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    # Another run stages beside this one, and never below a folder of this one.
    "spark.sql.sources.partitionOverwriteMode": "static",
}


class SparkEngine(Engine):
    """A Spark session on the server that SPARK_REMOTE names, such as `sc://host:15002`.

    Raises EngineError, within seconds, where nobody answers there, and where the server has no Delta Lake or
    is of another Spark version than this client.
    """

    remote: str = ""  # instead of SPARK_REMOTE

    def stage(
        self, bronze: Bronze, due: Sequence[Delivery], folder: str, loaded_at: datetime, run_id: str
    ) -> list[Loaded]:
        """Stage deliveries on the cluster's workers; no row passes through this process."""
        from lakehouse_assets.ingest.workers import stage_on_workers

        return stage_on_workers(self.spark_session, bronze, due, folder, loaded_at, run_id)

    def require_reachable(self) -> None:
        """Raise where SPARK_REMOTE holds no address, or nobody answers there."""
        _require_answer(*_place(self.address))

    @property
    def maintenance(self) -> Maintenance:
        """The cluster's workers write, our commit exchanges."""
        from resources.engines.maintenance import SparkMaintenance

        return SparkMaintenance(self.spark_session)

    @property
    def address(self) -> str:
        """The server's URL. Raises SettingsError where SPARK_REMOTE does not hold one."""
        url = self.remote or os.environ.get(VARIABLE, "")
        if not url.startswith("sc://") or not urlsplit(url).hostname:
            raise SettingsError(
                f"LAKEHOUSE_ENGINE=spark needs the address of a Spark Connect server in {VARIABLE}",
                remedy=f"export {VARIABLE}=sc://host:{PORT}, or start a cluster on this machine: make cluster",
            )
        return url

    def _start(self) -> Running:
        url = self.address
        where = _place(url)
        # The client prints every refusal of a server as JSON, beside raising it.
        for name in ("pyspark.sql.connect.logging", "SQLQueryContextLogger"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        _require_answer(*where)
        session = connect(url, tries=2)
        try:
            _require_same_version(session, where)
            configure(session, SESSION | self.spark_config)
            _require_delta(session, where)
            ship_library(session)
        except BaseException:
            session.stop()
            raise
        return Running(session, session.stop)


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url.split(";", 1)[0])
    return parts.hostname or "", parts.port or PORT


def _require_answer(host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError as error:
        raise EngineError(
            f"no Spark Connect server answers there ({error.strerror or error})",
            where=f"{VARIABLE}, {host}:{port}",
            remedy="start the server, or correct the address; on this machine: make cluster",
        ) from None


def _require_same_version(session: SparkSession, where: tuple[str, int]) -> None:
    import pyspark
    from pyspark.errors import PySparkException
    from pyspark.errors.exceptions.connect import SparkConnectGrpcException

    try:
        theirs = session.version
    except (PySparkException, SparkConnectGrpcException) as error:
        raise EngineError(
            f"what answers there is no Spark Connect server, or refuses: {_first_line(error)}",
            where=f"{VARIABLE}, {where[0]}:{where[1]}",
            remedy="correct the address, its token and its port",
        ) from None
    if theirs.split(".")[:2] != pyspark.__version__.split(".")[:2]:
        raise EngineError(
            f"the server is Spark {theirs}, this client is {pyspark.__version__}",
            where=f"{VARIABLE}, {where[0]}:{where[1]}",
            remedy=f"use a server of Spark {'.'.join(pyspark.__version__.split('.')[:2])}",
        )


def _require_delta(session: SparkSession, where: tuple[str, int]) -> None:
    """Ask for a table that is not there: with Delta the answer is that, without it that its format is not known."""
    from pyspark.errors import PySparkException

    try:
        _ = session.read.format("delta").load(NOWHERE).schema
    except PySparkException as error:
        condition = error.getCondition() or ""
        if condition in KNOWS_DELTA:
            return
        raise EngineError(
            f"the server cannot read Delta tables: {_first_line(error)}",
            where=f"{VARIABLE}, {where[0]}:{where[1]}",
            remedy="start it with the Delta jars, Delta's session extension and its catalog, as docs/cluster.md says",
        ) from None


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
