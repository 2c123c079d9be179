"""The job behind the daily schedule and the UI's Launchpad starts a backfill of what is due, once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster._core.test_utils import freeze_time, instance_for_test
from dagster._daemon.daemon import SchedulerDaemon  # noqa: F401 - the scheduler cannot be imported before it
from dagster._scheduler.scheduler import launch_scheduled_runs

from lakehouse_assets.operate.backfill.launch import targets
from lakehouse_assets_tests.sensors.daemon import in_this_process
from lakehouse_assets_tests.test_lake import NEW_YEAR, SECOND, deliver, make

if TYPE_CHECKING:
    from dagster._core.workspace.context import WorkspaceProcessContext

    from lakehouse_assets.settings import Settings

DUE = {"bronze/transactions": {SECOND}}
SIX = (datetime.now(UTC) + timedelta(days=1)).replace(hour=6, minute=0, second=0, microsecond=0)
SUCCESS = dg.DagsterRunStatus.SUCCESS


def launched(instance: dg.DagsterInstance, **asked: object) -> bool:
    from lakehouse_assets.definitions import defs

    job = defs.resolve_job_def("backfill")
    settings = {"ops": {"start_what_is_due": {"config": asked}}, "loggers": {"console": {}}}
    return bool(job.execute_in_process(run_config=settings, instance=instance, raise_on_error=False).success)


def test_it_starts_one_backfill_of_what_is_due_and_none_where_nothing_is(lake: Settings) -> None:
    for day in (NEW_YEAR, SECOND):
        deliver(lake, f"transactions/{day}/till.csv")
    make(lake, "bronze/transactions", NEW_YEAR)
    with dg.DagsterInstance.ephemeral() as instance:
        assert launched(instance, tables=["bronze"], last=NEW_YEAR)
        assert instance.get_backfills() == []
        assert launched(instance)
        (backfill,) = instance.get_backfills()
        assert targets(backfill) == DUE
        assert not launched(instance), "it is under way already"
        make(lake, "bronze/transactions", SECOND)
        assert launched(instance)
        assert len(instance.get_backfills()) == 1


def test_the_schedule_is_off_at_first_and_runs_that_job_once_a_day() -> None:
    from lakehouse_assets.definitions import defs

    schedule = defs.resolve_schedule_def("daily")
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    assert (schedule.job_name, schedule.cron_schedule, schedule.execution_timezone) == ("backfill", "0 6 * * *", "UTC")


@dataclass
class Scheduler:
    """Dagster's own scheduler over this code, with `daily` switched on; a turn is at the time that the test says."""

    instance: dg.DagsterInstance
    workspace: WorkspaceProcessContext
    times: dict[str, Any] = field(default_factory=dict)

    def turn(self, at: datetime) -> list[dg.DagsterRun]:
        """One iteration of the daemon, whose runs end in it; returns all runs so far, the first one first."""
        with freeze_time(at):
            problems = list(launch_scheduled_runs(self.workspace, logging.getLogger("scheduler"), at, self.times))
        assert [problem for problem in problems if problem] == []
        return list(reversed(self.instance.get_runs()))


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    """Switched on a minute before six."""
    with (
        instance_for_test(synchronous_run_launcher=True, synchronous_run_coordinator=True) as instance,
        in_this_process(instance) as workspace,
    ):
        (location,) = workspace.create_request_context().code_locations
        (repository,) = location.get_repositories().values()
        with freeze_time(SIX - timedelta(minutes=1)):
            instance.start_schedule(repository.get_schedule("daily"))
        yield Scheduler(instance, workspace)


def test_dagsters_scheduler_starts_it_once_a_day_and_what_is_due_is_backfilled_once(
    lake: Settings, scheduler: Scheduler
) -> None:
    instance = scheduler.instance
    for day in (NEW_YEAR, SECOND):
        deliver(lake, f"transactions/{day}/till.csv")
    make(lake, "bronze/transactions", NEW_YEAR)
    assert scheduler.turn(SIX - timedelta(seconds=30)) == []
    (run,) = scheduler.turn(SIX + timedelta(seconds=10))
    assert (run.job_name, run.status, run.tags["dagster/schedule_name"]) == ("backfill", SUCCESS, "daily")
    (backfill,) = instance.get_backfills()
    assert targets(backfill) == DUE
    for later in (timedelta(seconds=20), timedelta(minutes=1), timedelta(hours=17)):
        assert len(scheduler.turn(SIX + later)) == 1, "not again on the same day"
    make(lake, "bronze/transactions", SECOND)
    runs = scheduler.turn(SIX + timedelta(days=1, seconds=10))
    assert [run.status for run in runs] == [SUCCESS] * 2
    assert instance.get_backfills() == [backfill], "nothing is due on the next day"
