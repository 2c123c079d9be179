"""How a deployment learns what has arrived: by looking often, or by messages and looking seldom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sensors.arrivals import SELDOM_SECONDS, arrival_sensors

if TYPE_CHECKING:
    from dagster import SensorDefinition

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


def arriving(tables: Iterable[Table], settings: Settings) -> list[SensorDefinition]:
    """The sensors for arrivals: with LAKEHOUSE_QUEUE, one for its messages, and listings for what they miss."""
    known = tuple(tables)
    if not settings.queue:
        return arrival_sensors(known)
    # Late: what only a deployment with a queue imports.
    from sensors.queued import queue_sensor

    return [queue_sensor(known), *arrival_sensors(known, SELDOM_SECONDS)]
