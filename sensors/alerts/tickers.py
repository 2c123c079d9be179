"""Sensors and schedules that are switched on, as Dagster's records show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.scheduler.instigation import (
    InstigatorStatus,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickStatus,
)
from dagster._utils.schedules import get_latest_completed_cron_tick

from sensors.alerts.security import security_of
from sensors.alerts.ticking import IN_A_ROW, LEAST, Ticker, due_by

if TYPE_CHECKING:
    from dagster import DagsterInstance, RepositoryDefinition
    from dagster._core.scheduler.instigation import InstigatorState

NAME = "alerts"  # of the sensor that looks: it cannot tell of its own death
ON, AS_DECLARED = InstigatorStatus.RUNNING, InstigatorStatus.DECLARED_IN_CODE


def tickers_of(instance: DagsterInstance, repository: RepositoryDefinition, now: datetime) -> list[Ticker]:
    """Every one that is switched on, but the alerts' own."""
    sensors = {one.name for one in repository.sensor_defs if one.default_status == dg.DefaultSensorStatus.RUNNING}
    schedules = {one.name for one in repository.schedule_defs if one.default_status == dg.DefaultScheduleStatus.RUNNING}
    return [
        _ticker(instance, repository, state, now)
        for state in instance.all_instigator_state(instigator_statuses={ON, AS_DECLARED})
        if state.instigator_name != NAME and (state.status == ON or state.instigator_name in sensors | schedules)
    ]


def _ticker(
    instance: DagsterInstance, repository: RepositoryDefinition, state: InstigatorState, now: datetime
) -> Ticker:
    data = state.instigator_data
    ticks = [
        tick
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=IN_A_ROW + 1)
        if tick.status != TickStatus.STARTED
    ]
    ticked = ticks[0].timestamp if ticks else None
    failed = [tick.status == TickStatus.FAILURE for tick in ticks[:IN_A_ROW]]
    refused = bool(ticks) and failed[0] and security_of(ticks[0].error) == "credential refused"
    if isinstance(data, ScheduleInstigatorData):
        due = _due(repository, state.instigator_name, data, now)
        return Ticker(state.instigator_name, "schedule", due, ticked, data.start_timestamp, failed, refused)
    interval, started = 30.0, None
    if isinstance(data, SensorInstigatorData):
        interval, started = data.min_interval or interval, data.last_sensor_start_timestamp
        # A tick that finds nothing to do may be recorded here alone.
        ticked = max((at for at in (ticked, data.last_tick_timestamp) if at is not None), default=None)
    return Ticker(state.instigator_name, "sensor", due_by(now.timestamp(), interval), ticked, started, failed, refused)


def _due(repository: RepositoryDefinition, name: str, data: ScheduleInstigatorData, now: datetime) -> float:
    """When a schedule should have ticked last, some minutes ago at the least."""
    zone = "UTC"
    if repository.has_schedule_def(name):
        zone = repository.get_schedule_def(name).execution_timezone or zone
    before = now.astimezone(UTC) - timedelta(seconds=LEAST)
    crons = [data.cron_schedule] if isinstance(data.cron_schedule, str) else data.cron_schedule
    return max(get_latest_completed_cron_tick(cron, before, zone).timestamp() for cron in crons)
