"""The job behind the daily schedule and the UI's Launchpad plans, starts and resumes backfills, each once."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster._core.test_utils import freeze_time, instance_for_test
from dagster._daemon.daemon import SchedulerDaemon  # noqa: F401 - the scheduler cannot be imported before it
from dagster._scheduler.scheduler import launch_scheduled_runs

from lakehouse_assets.operate.backfill.estimate import START_SECONDS
from lakehouse_assets.operate.backfill.launch import targets
from lakehouse_assets.operate.backfill.resuming import RESUMED
from lakehouse_assets_tests.sensors.daemon import in_this_process
from lakehouse_assets_tests.test_lake import NEW_YEAR, SECOND, THIRD, deliver, make

if TYPE_CHECKING:
    from dagster._core.workspace.context import WorkspaceProcessContext

    from lakehouse_assets.settings import Settings

DUE = {"bronze/transactions": {SECOND}}
SIX = (datetime.now(UTC) + timedelta(days=1)).replace(hour=6, minute=0, second=0, microsecond=0)
SUCCESS = dg.DagsterRunStatus.SUCCESS


def launched(instance: dg.DagsterInstance, **asked: object) -> bool:
    return bool(run(instance, **asked).success)


def run(instance: dg.DagsterInstance, **asked: object) -> dg.ExecuteInProcessResult:
    from lakehouse_assets.definitions import defs

    job = defs.resolve_job_def("backfill")
    settings = {"ops": {"start_what_is_due": {"config": asked}}, "loggers": {"console": {}}}
    return job.execute_in_process(run_config=settings, instance=instance, raise_on_error=False)


def log_of(instance: dg.DagsterInstance, done: dg.ExecuteInProcessResult) -> list[str]:
    """What the run said in its log, as the UI shows it."""
    return [entry.user_message for entry in instance.all_logs(done.run_id) if entry.dagster_event is None]


def figures_of(done: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """The metadata that the UI shows beside the step."""
    (event,) = (event for event in done.all_events if event.is_successful_output)
    return {name: value.value for name, value in event.step_output_data.metadata.items()}


def started(instance: dg.DagsterInstance) -> list[dict[str, set[str]]]:
    """What each backfill that was started is for, the first one first."""
    return [targets(backfill) for backfill in reversed(instance.get_backfills())]


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


def test_only_the_plan_is_said_and_recorded_and_nothing_is_started(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_RATE_EMBEDDED", "3600")
    for day in (NEW_YEAR, SECOND):
        deliver(lake, f"transactions/{day}/till.csv")
    make(lake, "bronze/transactions", NEW_YEAR)
    with dg.DagsterInstance.ephemeral() as instance:
        done = run(instance, only_plan=True)
        assert done.success
        assert instance.get_backfills() == []
        what, first, taken, end = log_of(instance, done)
        assert what == f"bronze/transactions: 1 missing, {SECOND} to {SECOND}; 1 are good"
        assert first == f"run 1: bronze/transactions, {SECOND}"
        assert taken.startswith("1 partition in 1 run, about 4 s and 0 rows, by past runs; cost 4 at")
        assert end == "only the plan was asked for: nothing was started"
        figures = figures_of(done)
        (line,) = figures.pop("plan").records
        assert figures == {
            "partitions": 1,
            "runs": 1,
            "rows": 0,
            "seconds": START_SECONDS,
            "cost": START_SECONDS,
            "without_past_run": "bronze/transactions",
        }
        assert (line.data["table"], line.data["make"], line.data["why"], line.data["good"]) == (
            "bronze/transactions",
            1,
            "1 missing",
            1,
        )
        make(lake, "bronze/transactions", SECOND)
        done = run(instance, only_plan=True)
        assert (log_of(instance, done), figures_of(done)["partitions"]) == (["nothing is due"], 0)


def test_a_table_without_partitions_is_planned_without_days(lake: Settings) -> None:
    deliver(lake, "campaigns/all.csv")
    with dg.DagsterInstance.ephemeral() as instance:
        said = log_of(instance, run(instance, tables=["bronze/campaigns"], only_plan=True))
    assert said[0] == "bronze/campaigns: 1 missing; 0 are good"


def test_what_is_wrong_with_its_settings_is_what_the_run_says(lake: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        done = run(instance, tables=["bronze/transaction"])
    (failed,) = [event.step_failure_data for event in done.all_events if event.is_step_failure]
    assert failed.user_failure_data is not None
    assert "no table is called 'bronze/transaction'" in failed.user_failure_data.description
    assert "did you mean bronze/transactions" in failed.user_failure_data.description


def test_a_log_names_no_more_runs_than_somebody_reads(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in (NEW_YEAR, SECOND, THIRD):
        deliver(lake, f"transactions/{day}/till.csv")
    make(lake, "bronze/transactions", SECOND)  # a good day breaks the range
    monkeypatch.setattr("sensors.daily.LISTED", 1)
    with dg.DagsterInstance.ephemeral() as instance:
        said = log_of(instance, run(instance, only_plan=True))
    assert said[1:3] == [f"run 1: bronze/transactions, {NEW_YEAR}", "and 1 runs more"]


def test_it_resumes_what_is_left_of_a_backfill_once_that_is_over(lake: Settings) -> None:
    for day in (NEW_YEAR, SECOND):
        deliver(lake, f"transactions/{day}/till.csv")
    with dg.DagsterInstance.ephemeral() as instance:
        assert launched(instance, tables=["bronze"])
        (first,) = instance.get_backfills()
        again = run(instance, resume=first.backfill_id)
        assert log_of(instance, again) == [f"Backfill {first.backfill_id} is under way: nothing needs to be resumed."]
        instance.update_backfill(first.with_status(type(first.status).FAILED).with_end_timestamp(time.time()))
        make(lake, "bronze/transactions", NEW_YEAR)
        deliver(lake, f"transactions/{THIRD}/till.csv")  # it is due, and the first backfill was not for it
        planned = run(instance, resume=first.backfill_id[:5], only_plan=True)
        assert (figures_of(planned)["partitions"], len(instance.get_backfills())) == (1, 1)
        assert launched(instance, resume=first.backfill_id[:5])
        assert started(instance) == [{"bronze/transactions": {NEW_YEAR, SECOND}}, DUE]
        rest = instance.get_backfills()[0]
        assert rest.tags["dagster/parent_backfill_id"] == first.backfill_id
        assert (rest.title or "").endswith(RESUMED)
        make(lake, "bronze/transactions", SECOND)
        instance.update_backfill(rest.with_status(type(rest.status).CANCELED))
        (said,) = log_of(instance, run(instance, resume=first.backfill_id))
        assert said.startswith("Nothing is left of backfill")
        assert len(instance.get_backfills()) == 2


def test_what_cannot_be_resumed_starts_nothing(lake: Settings) -> None:
    deliver(lake, f"transactions/{NEW_YEAR}/till.csv")
    with dg.DagsterInstance.ephemeral() as instance:
        assert not launched(instance, resume="nobody's"), "there is no such backfill"
        assert launched(instance)
        (first,) = instance.get_backfills()
        instance.update_backfill(first.with_status(type(first.status).CANCELED))
        others: list[dict[str, object]] = [
            {"tables": ["bronze"]},
            {"first": NEW_YEAR},
            {"last": NEW_YEAR},
            {"force": True},
        ]
        for asked in others:
            assert not launched(instance, resume=first.backfill_id, **asked), "it is for its own partitions alone"
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
