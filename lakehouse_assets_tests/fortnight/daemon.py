"""Dagster's daemon, one turn of each of its loops at a time, over a real instance; runs are executed at once.

The loops are Dagster's own. What stands in is the code server, which is this process, and the launcher, which executes
a run here, or in a process that is killed.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any, ClassVar

from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.launcher import LaunchRunContext
from dagster._daemon.backfill import execute_backfill_iteration
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._daemon.sensor import execute_sensor_iteration

from lakehouse_assets_tests.sensors.daemon import in_this_process
from resources.run_launcher import PROCESS, WatchedRunLauncher, this_process

if TYPE_CHECKING:
    from dagster._core.workspace.context import WorkspaceProcessContext


def settings() -> str:
    """The settings of `dagster.yaml` as they are shipped, but for who starts runs."""
    shipped = (files("resources") / "dagster.yaml").read_text()
    return shipped.replace("module: resources.run_launcher", f"module: {Launcher.__module__}").replace(
        f"class: {WatchedRunLauncher.__name__}", f"class: {Launcher.__name__}"
    )


class Launcher(WatchedRunLauncher):
    """Executes a run before it returns. The process of the next run of an asset that is `to_be_killed` is killed."""

    to_be_killed: ClassVar[list[str]] = []
    rng = random.Random(1)

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        chosen = {"/".join(key.path) for key in run.asset_selection or ()}.intersection(Launcher.to_be_killed)
        if chosen:
            Launcher.to_be_killed.remove(chosen.pop())
            self._kill(run.run_id)
        else:
            execute(self._instance, run.run_id)

    def _kill(self, run_id: str) -> None:
        process = subprocess.Popen([sys.executable, "-m", __name__, run_id], start_new_session=True)
        while not _began(self._instance, run_id):
            if process.poll() is not None:
                raise RuntimeError(f"the run was over before it could be killed: {process.returncode}")
            time.sleep(0.02)
        time.sleep(self.rng.random() * 0.1)
        os.killpg(process.pid, signal.SIGKILL)  # with what copies its output
        process.wait()


def execute(instance: DagsterInstance, run_id: str) -> None:
    """Execute a run in this process."""
    from dagster._core.execution.api import execute_run
    from dagster._utils.hosted_user_process import recon_job_from_origin

    instance.add_run_tags(run_id, {PROCESS: this_process()})
    run = instance.get_run_by_id(run_id)
    assert run
    assert run.job_code_origin
    execute_run(recon_job_from_origin(run.job_code_origin), run, instance)


class Daemon:
    """All loops of the daemon, turned by hand."""

    def __init__(self, context: WorkspaceProcessContext) -> None:
        self.context, self.instance = context, context.instance
        self.log = logging.getLogger("fortnight")
        self.queue = QueuedRunCoordinatorDaemon(interval_seconds=1)

    @classmethod
    @contextmanager
    def over(cls, instance: DagsterInstance) -> Iterator[Daemon]:
        """The daemon of an instance, with every sensor switched on."""
        with in_this_process(instance) as context:
            daemon = cls(context)
            daemon.switch_on()
            yield daemon

    def switch_on(self) -> None:
        """What "start all" on the automation page does."""
        (location,) = self.context.create_request_context().code_locations
        for repository in location.get_repositories().values():
            for sensor in repository.get_sensors():
                self.instance.start_sensor(sensor)

    def turn(self) -> list[Any]:
        """One turn of each loop; returns what they could not cope with."""
        problems: list[Any] = []
        problems += execute_run_monitoring_iteration(self.context, self.log)
        problems += execute_sensor_iteration(self.context, self.log, None, None)
        problems += execute_backfill_iteration(self.context, self.log)
        problems += self.queue.run_iteration(self.context)
        return [problem for problem in problems if problem]

    def runs(self) -> Mapping[DagsterRunStatus, int]:
        """How many runs there are of each status."""
        return Counter(run.status for run in self.instance.get_runs())


def _began(instance: DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and run.status == DagsterRunStatus.STARTED


if __name__ == "__main__":
    execute(DagsterInstance.get(), sys.argv[1])
