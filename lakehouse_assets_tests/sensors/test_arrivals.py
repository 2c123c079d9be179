"""The arrival sensors against a real Dagster instance: exactly the runs that are needed, and never for ever."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.ingest.readers import pieces
from lakehouse_assets.lake import Lake
from resources.telling import PERMANENT
from sensors import attempts

if TYPE_CHECKING:
    from dagster._core.definitions.sensor_definition import SensorExecutionData

    from lakehouse_assets.settings import Settings

FIRST, SECOND, THIRD = "2017-01-01", "2017-01-02", "2017-01-03"
TRANSACTIONS = find_table("bronze/transactions")
HEADER = ",".join(TRANSACTIONS.schema.names)
LINE = ",".join("1" for _ in TRANSACTIONS.schema.names)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


class Sensor:
    """One table's sensor, looked at as the daemon does, and its runs, executed one after the other."""

    def __init__(self, instance: dg.DagsterInstance, name: str = "arrivals_transactions") -> None:
        from lakehouse_assets.definitions import defs

        self.instance, self.cursor = instance, None
        self.sensor = defs.resolve_sensor_def(name)
        self.job = defs.resolve_implicit_global_asset_job_def()

    def look(self) -> SensorExecutionData:
        with dg.build_sensor_context(instance=self.instance, cursor=self.cursor) as context:
            result = self.sensor.evaluate_tick(context)
        self.cursor = result.cursor
        return result

    def wanted(self) -> list[tuple[str, str]]:
        """The first and last partition of each run that a look asks for."""
        return [_span(request) for request in self.look().run_requests or ()]

    def run(self, request: dg.RunRequest) -> bool:
        done = self.job.execute_in_process(
            run_config={"loggers": {"console": {}}},
            instance=self.instance,
            tags=request.tags,
            raise_on_error=False,
            asset_selection=request.asset_selection,
        )
        return bool(done.success)

    def launched(self, request: dg.RunRequest) -> None:
        """Leave a run behind that was launched and has not ended, as the daemon does."""
        job = self.job.get_subset(asset_selection=set(request.asset_selection or ()))
        self.instance.create_run_for_job(job, tags=dict(request.tags), status=dg.DagsterRunStatus.STARTED)

    def look_and_run(self) -> list[tuple[str, str]]:
        requests = self.look().run_requests or []
        for request in requests:
            self.run(request)
        return [_span(request) for request in requests]


def _span(request: dg.RunRequest) -> tuple[str, str]:
    tags = request.tags
    return (tags.get("dagster/asset_partition_range_start", ""), tags.get("dagster/asset_partition_range_end", ""))


def deliver(lake: Settings, name: str, text: str = f"{HEADER}\n{LINE}\n", seconds_ago: float = 3600) -> Path:
    path = Path(lake.landing, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    then = time.time() - seconds_ago
    os.utime(path, (then, then))
    return path


def held(lake: Settings) -> dict[str, int]:
    """How many files the table holds of each partition."""
    return {slot: len(files) for slot, files in Lake(lake).held(TRANSACTIONS).items()}


def test_days_that_arrive_are_loaded_in_one_run_and_then_there_is_nothing_to_do(
    lake: Settings, instance: dg.DagsterInstance
) -> None:
    sensor = Sensor(instance)
    for day in (FIRST, SECOND):
        deliver(lake, f"transactions/{day}/a.csv")
    assert sensor.look_and_run() == [(FIRST, SECOND)]
    assert held(lake) == {FIRST: 1, SECOND: 1}
    quiet = sensor.look()
    assert (quiet.run_requests, quiet.skip_message) == ([], "nothing new")


def test_a_late_file_and_a_corrected_one_reload_their_days_and_no_others(
    lake: Settings, instance: dg.DagsterInstance
) -> None:
    sensor = Sensor(instance)
    for day in (FIRST, SECOND, THIRD):
        deliver(lake, f"transactions/{day}/a.csv")
    sensor.look_and_run()
    deliver(lake, f"transactions/{FIRST}/late.csv")
    deliver(lake, f"transactions/{THIRD}/a.csv", f"{HEADER}\n{LINE}\n{LINE}\n", seconds_ago=1800)
    assert sensor.look_and_run() == [(FIRST, FIRST), (THIRD, THIRD)]
    assert held(lake) == {FIRST: 2, SECOND: 1, THIRD: 1}


def test_a_lost_cursor_and_a_second_look_before_the_run_has_begun_start_nothing_twice(
    lake: Settings, instance: dg.DagsterInstance
) -> None:
    sensor = Sensor(instance)
    deliver(lake, f"transactions/{FIRST}/a.csv")
    (request,) = sensor.look().run_requests
    sensor.launched(request)
    sensor.cursor = None
    waits = sensor.look()
    assert (waits.run_requests, waits.skip_message) == ([], "1 partitions being loaded, or waiting for another try")


def test_one_bad_file_is_told_apart_and_holds_back_no_other_day(lake: Settings, instance: dg.DagsterInstance) -> None:
    sensor = Sensor(instance)
    for day in (FIRST, THIRD):
        deliver(lake, f"transactions/{day}/a.csv")
    deliver(lake, f"transactions/{SECOND}/a.csv", "PAR1 is no text")
    assert sensor.look_and_run() == [(FIRST, THIRD)]
    assert held(lake) == {}
    assert sensor.look_and_run() == [(day, day) for day in (FIRST, SECOND, THIRD)]
    assert held(lake) == {FIRST: 1, THIRD: 1}
    given_up = sensor.look()
    assert (given_up.run_requests, given_up.skip_message) == (
        [],
        "1 partitions given up until files or code change",
    )
    deliver(lake, f"transactions/{SECOND}/a.csv", seconds_ago=60)
    assert sensor.look_and_run() == [(SECOND, SECOND)]
    assert held(lake) == {FIRST: 1, SECOND: 1, THIRD: 1}


def test_what_failed_for_good_stays_given_up_however_many_runs_came_after_it(
    lake: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "REMEMBERED", 2)
    sensor = Sensor(instance)
    deliver(lake, f"transactions/{FIRST}/a.csv", "PAR1 is no text")
    assert sensor.look_and_run() == [(FIRST, FIRST)]
    for day in TRANSACTIONS.calendar.keys()[1:4]:
        deliver(lake, f"transactions/{day}/a.csv")
        assert sensor.look_and_run() == [(day, day)]
    assert sensor.wanted() == []


def test_a_failure_that_may_pass_is_waited_out(
    lake: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensor = Sensor(instance)
    deliver(lake, f"transactions/{FIRST}/a.csv")
    (request,) = sensor.look().run_requests
    with monkeypatch.context() as broken:
        # Storage that is away for a moment, as seen by a step; how stores are told apart is tested with the stores.
        broken.setattr("lakehouse_assets.ingest.load.read_delivery", _away)
        assert not sensor.run(request)
    (record,) = instance.get_run_records()
    assert PERMANENT not in record.dagster_run.tags
    assert sensor.wanted() == []
    monkeypatch.setattr(attempts, "ended_at", lambda record: record.create_timestamp.replace(year=2020))
    assert sensor.look_and_run() == [(FIRST, FIRST)]
    assert held(lake) == {FIRST: 1}


def test_a_burst_of_a_thousand_files_is_a_few_runs_and_nothing_is_forgotten(
    lake: Settings, instance: dg.DagsterInstance
) -> None:
    sensor, days = Sensor(instance), TRANSACTIONS.calendar.keys()[:334]
    for day in days:
        for part in range(3):
            deliver(lake, f"transactions/{day}/{part}.csv")
    assert sensor.look_and_run() == [(days[0], days[-1])]
    assert held(lake) == dict.fromkeys(days, 3)
    assert sensor.wanted() == []


def test_a_folder_that_is_no_day_is_said_and_stops_nothing(lake: Settings, instance: dg.DagsterInstance) -> None:
    deliver(lake, "transactions/yesterday/a.csv")
    deliver(lake, f"transactions/{FIRST}/a.csv")
    assert Sensor(instance).wanted() == [(FIRST, FIRST)]


def test_a_table_without_partitions_is_loaded_whole(lake: Settings, instance: dg.DagsterInstance) -> None:
    sensor = Sensor(instance, "arrivals_coupons")
    deliver(lake, "coupons/a.csv", "coupon_upc,product_id,campaign_id\n1,2,3\n")
    assert sensor.look_and_run() == [("", "")]
    assert sensor.wanted() == []


def _away(*arguments: object) -> Iterator[pieces.Piece]:
    raise pieces.ChangedWhileReadError("a file that is being replaced")
    yield
