"""Signs of life of the alerts and of the daemon, as Dagster's records show them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagster._core.scheduler.instigation import InstigatorType

from sensors.alerts.health import Signs
from sensors.alerts.routes import load_routing
from sensors.alerts.sensor import load_state
from sensors.alerts.tickers import NAME, ON

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from lakehouse_assets.settings import Settings


def signs_of(instance: DagsterInstance, settings: Settings) -> Signs:
    """What there is to see; nothing of the code location has to load for it."""
    routing, state = load_routing(settings), load_state(instance)
    on = instance.all_instigator_state(instigator_type=InstigatorType.SENSOR, instigator_statuses={ON})
    beats = [beat.timestamp for beat in instance.get_daemon_heartbeats().values() if beat.daemon_type == "SENSOR"]
    return Signs(
        switched_on=any(sensor.instigator_name == NAME for sensor in on),
        looked=state.looked,
        daemon=max(beats, default=None),
        channels=tuple(routing.channels),
        without_url=tuple(name for name, variable in routing.channels.items() if not os.environ.get(variable)),
        outbox=state.outbox,
    )
