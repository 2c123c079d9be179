"""Dagster's own sensor daemon over this code, a turn at a time, at times that the test says; runs end in the turn."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import (
    InProcessTestWorkspaceLoadTarget,
    create_test_daemon_workspace_context,
    freeze_time,
    instance_for_test,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._daemon.sensor import execute_sensor_iteration

from sensors.offers import Limits, offers

if TYPE_CHECKING:
    import pytest
    from dagster._core.scheduler.instigation import InstigatorTick
    from dagster._core.workspace.context import WorkspaceProcessContext

CODE = "lakehouse_assets.definitions"


@dataclass
class Daemon:
    """A daemon with some sensors switched on. Its clock is this machine's, set forward or back by `ahead`.

    What Dagster writes down of runs bears the machine's time. Where that matters, `hurry` and let no time pass.
    """

    instance: dg.DagsterInstance
    workspace: WorkspaceProcessContext
    sensors: dict[str, Any]
    ahead: timedelta = field(default=timedelta(0))

    def now(self) -> datetime:
        """The time by the daemon's clock."""
        return datetime.now(UTC) + self.ahead

    def turn(self, later: timedelta = timedelta(minutes=1)) -> dict[str, InstigatorTick]:
        """Every sensor that is due looks once, some time later, and the runs that it asks for are made."""
        self.ahead += later
        with freeze_time(self.now()) if self.ahead else nullcontext():
            list(execute_sensor_iteration(self.workspace, logging.getLogger("daemon"), None, None))
        return {
            name: self.instance.get_ticks(sensor.get_remote_origin_id(), sensor.selector_id, limit=1)[0]
            for name, sensor in self.sensors.items()
        }

    def runs(self) -> list[str]:
        """How each run ended, the first one first."""
        return [run.status.value for run in reversed(self.instance.get_runs())]


@contextmanager
def in_this_process(instance: dg.DagsterInstance, code: str = CODE) -> Iterator[WorkspaceProcessContext]:
    """A workspace of one code location, which this process serves itself."""
    target = LoadableTargetOrigin(executable_path=sys.executable, module_name=code, attribute="defs")
    origin = InProcessCodeLocationOrigin(target, location_name="here")
    with create_test_daemon_workspace_context(InProcessTestWorkspaceLoadTarget(origin), instance) as workspace:
        yield workspace


@contextmanager
def daemon(patched: pytest.MonkeyPatch, *names: str, code: str = CODE) -> Iterator[Daemon]:
    """A daemon of an instance of its own; these sensors of the code are on."""
    with (
        instance_for_test(synchronous_run_launcher=True, synchronous_run_coordinator=True) as instance,
        in_this_process(instance, code) as workspace,
    ):
        (entry,) = workspace.create_request_context().get_code_location_entries().values()
        (repository,) = entry.code_location.get_repositories().values()
        sensors = {name: repository.get_sensor(name) for name in names}
        for sensor in sensors.values():
            instance.start_sensor(sensor)
        started = Daemon(instance, workspace, sensors)

        class Clock(datetime):
            """The daemon's."""

            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return started.now()

        for module in ("sensors.arrivals", "sensors.alerts.sensor"):
            patched.setattr(f"{module}.datetime", Clock)
        yield started


def hurry(patched: pytest.MonkeyPatch) -> None:
    """Nothing is waited for, so no clock has to be set.

    Every sensor looks in every turn, files are whole as they come, and what failed is tried again at the next look.
    """
    patched.setattr("dagster._daemon.sensor.is_under_min_interval", lambda *_: False)
    patched.setattr("sensors.looking.SETTLED", timedelta(0))
    patched.setattr("sensors.arrivals.offers", partial(offers, limits=Limits(first_wait=timedelta(0))))
