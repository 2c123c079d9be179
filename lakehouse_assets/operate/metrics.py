"""How the lake is, as metrics that Prometheus reads. Names of tables, rules and owners are in them, and no row."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakehouse_assets.errors import SettingsError
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.checks import failed_checks
from lakehouse_assets.operate.query import execute
from lakehouse_assets.operate.recent import bring_records_up_to_date
from lakehouse_assets.operate.state import State, look
from lakehouse_assets.ops.tables import MATERIALISATIONS
from lakehouse_assets.publish.commit import open_table

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

    from lakehouse_assets.settings import Settings

COMMITS = 20  # of each table's log that are looked at for when it was made


@dataclass(frozen=True)
class Runs:
    """All runs of one table that ended well, together; the cost is None where no rate was declared."""

    name: str
    count: int
    seconds: float
    cost: float | None


@dataclass(eq=False)
class Metrics:
    """Looks at the lake when it is asked, and not more often than every so many seconds.

    To be registered with a registry of prometheus_client. What was recorded of runs is brought up to date first.
    """

    settings: Settings
    every_seconds: float = 30.0
    _looked: float = field(default=-1e9, repr=False)
    _found: tuple[list[State], list[Runs]] = field(default_factory=lambda: ([], []), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def describe(self) -> list[Metric]:
        """Nothing, so that a registry does not look at the lake before it is asked."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics as of now."""
        with self._lock:
            if time.monotonic() - self._looked >= self.every_seconds:
                bring_records_up_to_date(self.settings)
                states = look(Lake(self.settings), failed_checks(self.settings), COMMITS)
                self._found = states, _runs(self.settings)
                self._looked = time.monotonic()
            states, runs = self._found
        yield from _of_states(states, datetime.now(UTC))
        yield from _of_runs(runs)


def registry_of(metrics: Metrics) -> CollectorRegistry:
    """A registry with these metrics and nothing of this process. Raises SettingsError where the library is missing."""
    try:
        from prometheus_client import CollectorRegistry
    except ImportError as error:
        raise SettingsError(
            "metrics need prometheus-client, which is not installed",
            remedy="pip install 'lakehouse-assets[telemetry]'",
        ) from error
    registry = CollectorRegistry()
    registry.register(metrics)
    return registry


def _of_states(states: list[State], now: datetime) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily as Gauge

    plain = [
        Gauge("lakehouse_rows", "Accepted rows.", labels=["table", "owner"]),
        Gauge("lakehouse_size_bytes", "Files of the present version, together.", labels=["table", "owner"]),
        Gauge("lakehouse_files", "Files of the present version.", labels=["table", "owner"]),
        Gauge("lakehouse_small_file_score", "Small files for each they would be together.", labels=["table", "owner"]),
        Gauge("lakehouse_stale_partitions", "Partitions that are out of date.", labels=["table", "owner"]),
        Gauge("lakehouse_late", "1 where it was made longer ago than promised.", labels=["table", "owner"]),
    ]
    made = Gauge("lakehouse_made_timestamp_seconds", "When rows were last published.", labels=["table", "owner"])
    rejected = Gauge("lakehouse_quarantined_rows", "Rows in quarantine by rule.", labels=["table", "owner", "rule"])
    failing = Gauge(
        "lakehouse_failing_partitions",
        "Partitions in which a rule or check did not pass the last time.",
        labels=["table", "owner", "rule", "refused"],
    )
    for state in states:
        owner, health = ",".join(state.owners), state.health
        figures = (
            state.rows, health.size_bytes, len(health.sizes), health.score, state.stale, float(state.is_late(now))
        )  # fmt: skip
        for gauge, value in zip(plain, figures, strict=True):
            gauge.add_metric([state.id, owner], value)
        if health.made_at is not None:
            made.add_metric([state.id, owner], health.made_at.timestamp())
        for rule, rows in state.rules_broken.items():
            rejected.add_metric([state.id, owner, rule], rows)
        for found in state.failing:
            failing.add_metric([state.id, owner, found.rule, str(found.refused).lower()], len(found.cells))
    yield from (*plain, made, rejected, failing)


def _runs(settings: Settings) -> list[Runs]:
    """What `ops/materialisations` tells, added up where it lies: it grows for years."""
    if open_table(MATERIALISATIONS.url(settings)) is None:
        return []
    sums = "count(*) as count, coalesce(sum(seconds), 0) as seconds, sum(cost_estimate) as cost"
    query = f"select table_id as name, {sums} from ops.{MATERIALISATIONS.name} group by all order by all"  # noqa: S608
    return [Runs(**row) for row in execute(query, settings).to_pylist()]


def _of_runs(runs: list[Runs]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily as Counter

    count = Counter("lakehouse_runs", "Runs of a table that ended well.", labels=["table"])
    seconds = Counter("lakehouse_run_seconds", "Seconds of these runs.", labels=["table"])
    cost = Counter("lakehouse_run_cost", "Their estimated cost, where a rate was declared.", labels=["table"])
    for of_table in runs:
        count.add_metric([of_table.name], of_table.count)
        seconds.add_metric([of_table.name], of_table.seconds)
        if of_table.cost is not None:
            cost.add_metric([of_table.name], of_table.cost)
    yield from (count, seconds, cost)
