"""What every engine is: a Spark session, started when it is first asked for, and what differs between them."""

from __future__ import annotations

import atexit
import threading
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagster_pyspark import PySparkResource
from pydantic import Field

if TYPE_CHECKING:
    from datetime import datetime

    from dagster import InitResourceContext
    from pyspark.sql import SparkSession

    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.load import Bronze, Loaded
    from resources.engines.maintenance import Maintenance


@dataclass(frozen=True)
class Running:
    """A session of this process, and what ends it."""

    session: SparkSession
    end: Callable[[], None]


class Engine(PySparkResource):
    """A Spark session, started when it is first asked for and shared by the whole process until it exits.

    Sessions keep time in UTC. Nothing is started, and no library of an engine is loaded, for a run that
    computes no frame.
    """

    spark_config: dict[str, Any] = Field(
        default_factory=dict, description="Spark settings of the session, beside the ones the engine needs."
    )

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Do nothing: the engine starts with the first frame, not with the run."""

    @property
    def spark_session(self) -> SparkSession:
        """The process's session on this engine; started on first use."""
        with _lock:
            if self.address not in _running:
                if not _running:
                    atexit.register(stop)
                _running[self.address] = self._start()
            return _running[self.address].session

    def stage(
        self, bronze: Bronze, due: Sequence[Delivery], folder: str, loaded_at: datetime, run_id: str
    ) -> list[Loaded]:
        """Stage deliveries: in this process, for an engine that lives in it."""
        from lakehouse_assets.ingest.load import stage_here

        return stage_here(bronze, due, folder, loaded_at, run_id)

    def require_reachable(self) -> None:
        """Raise EngineError or SettingsError, at once, where a run could only fail; starts nothing."""

    @property
    def maintenance(self) -> Maintenance:
        """What keeps tables fast and small: delta-rs in this process, unless the engine has workers."""
        from resources.engines.maintenance import EmbeddedMaintenance

        return EmbeddedMaintenance()

    @property
    @abstractmethod
    def address(self) -> str:
        """Where the engine computes: two engines of one address share one session."""

    @abstractmethod
    def _start(self) -> Running:
        """Start a session."""


_lock = threading.Lock()
_running: dict[str, Running] = {}


def stop() -> None:
    """Stop every session of this process, and the engines that this process started for them."""
    with _lock:
        while _running:
            _running.popitem()[1].end()


def connect(url: str, tries: int) -> SparkSession:
    """A new session on a Spark Connect server; nothing is asked of it yet. One that is gone is tried so many times.

    By pyspark's own policy a server that is gone is asked again for minutes, for an answer that was not read never.
    """
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy

    from resources.engines.unread import UnreadAnswers

    session = SparkSession.builder.remote(url).create()  # getOrCreate would return one of another address
    session.client.set_retry_policies([DefaultPolicy(max_retries=tries, initial_backoff=50), UnreadAnswers()])
    return session


def configure(session: SparkSession, settings: dict[str, Any]) -> None:
    """Set Spark settings of a session, which keeps time in UTC."""
    for key, value in {"spark.sql.session.timeZone": "UTC", **settings}.items():
        session.conf.set(key, value)
