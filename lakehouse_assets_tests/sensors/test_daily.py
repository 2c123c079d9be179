"""The job behind the daily schedule and the UI's Launchpad starts a backfill of what is due, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from lakehouse_assets.operate.backfill.launch import targets
from lakehouse_assets_tests.test_lake import NEW_YEAR, SECOND, deliver, make

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

DUE = {"bronze/transactions": {SECOND}}


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
