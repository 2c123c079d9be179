"""What is read off a real Dagster instance and real tables; and that no value of a row gets out of them."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import sqlalchemy
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._utils.error import SerializableErrorInfo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.catalog import tables
from lakehouse_assets.maintaining.guard import Override, Retention
from lakehouse_assets.maintaining.vacuum import Deletable, delete
from lakehouse_assets_tests.cli.command import lakehouse
from lakehouse_assets_tests.test_lake import NEW_YEAR, make
from resources.dagster_storage.numbered import SETTLES
from resources.telling import SECURITY
from sensors.alerts import records
from sensors.alerts.looking import learn, look, open_now
from sensors.alerts.overrides import overrides_of
from sensors.alerts.problem import Problem
from sensors.alerts.records import records_of
from sensors.alerts.routes import Routing
from sensors.alerts.state import State

if TYPE_CHECKING:
    import pytest

    from lakehouse_assets.settings import Settings

NOW = datetime.now(UTC)
SILVER = dg.AssetKey(["silver", "transactions"])
WITHIN, BY_SEVEN = dg.AssetKey(["gold", "within"]), dg.AssetKey(["gold", "by_seven"])
GOOD, BAD = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE
ROUTING = Routing({"c": "C"}, (), ("c",))


def repository(*assets: dg.AssetSpec, schedules: list[dg.ScheduleDefinition] | None = None) -> dg.RepositoryDefinition:
    return dg.Definitions(assets=assets or [dg.AssetSpec(SILVER)], schedules=schedules).get_repository_def()


def wrong(instance: dg.DagsterInstance, code: dg.RepositoryDefinition, now: datetime = NOW) -> list[tuple[str, str]]:
    """What a look at `now` finds, of a state that knows nothing but that there was a look a minute ago."""
    state = State(looked=now.timestamp() - 60)
    records = records_of(instance, code, state, now)
    return [(p.kind, p.subject) for p in open_now(learn(state, records, now.timestamp()), records, now.timestamp())]


def test_a_table_with_a_freshness_policy_is_late_when_that_says_so(instance: dg.DagsterInstance) -> None:
    code = repository(
        dg.AssetSpec(WITHIN, freshness_policy=dg.FreshnessPolicy.time_window(timedelta(hours=26))),
        dg.AssetSpec(
            BY_SEVEN,
            freshness_policy=dg.FreshnessPolicy.cron("0 7 * * *", timedelta(hours=3), timezone="Europe/Berlin"),
        ),
        dg.AssetSpec(SILVER),
    )
    assert wrong(instance, code) == [], "what was never made is not late"
    for key in (WITHIN, BY_SEVEN, SILVER):
        instance.report_runless_asset_event(dg.AssetMaterialization(key))
    assert wrong(instance, code) == []
    assert wrong(instance, code, NOW + timedelta(hours=25)) in ([], [("freshness missed", "gold/by_seven")])
    late = [("freshness missed", "gold/by_seven"), ("freshness missed", "gold/within")]
    assert sorted(wrong(instance, code, NOW + timedelta(hours=60))) == late
    instance.report_runless_asset_event(dg.AssetMaterialization(WITHIN))
    assert wrong(instance, code) == []


def switched_on(
    instance: dg.DagsterInstance,
    name: str,
    data: SensorInstigatorData | ScheduleInstigatorData,
    status: InstigatorStatus = InstigatorStatus.RUNNING,
) -> str:
    """A sensor or schedule that runs, as the daemon leaves it behind; returns what its ticks are kept under."""
    origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "code").get_instigator_origin(name)
    kind = InstigatorType.SENSOR if isinstance(data, SensorInstigatorData) else InstigatorType.SCHEDULE
    instance.add_instigator_state(InstigatorState(origin, kind, status, data))
    return str(origin.get_id())


def tick(
    instance: dg.DagsterInstance, name: str, origin: str, at: datetime, status: TickStatus, error: str = ""
) -> None:
    (state,) = [one for one in instance.all_instigator_state() if one.instigator_name == name]
    info = SerializableErrorInfo(SECRET, [], "SensorError", SerializableErrorInfo(SECRET, [], error)) if error else None
    instance.create_tick(
        TickData(
            origin,
            name,
            state.instigator_type,
            status,
            at.timestamp(),
            run_ids=[],
            selector_id=state.selector_id,
            error=info,
        )
    )


SECRET = "household-4711"


def test_a_sensor_that_fails_or_is_silent_is_found_and_the_alerts_own_is_left_out(instance: dg.DagsterInstance) -> None:
    def sensor(name: str, ticked: timedelta) -> str:
        at = (NOW - ticked).timestamp()
        return switched_on(instance, name, SensorInstigatorData(last_tick_timestamp=at, min_interval=30))

    recently, long_ago = timedelta(seconds=40), timedelta(hours=2)
    sensor("works", recently)
    sensor("silent", long_ago)
    sensor("alerts", long_ago)
    failing, refused = sensor("failing", recently), sensor("refused", recently)
    for ago in (120, 80, 40):
        tick(instance, "failing", failing, NOW - timedelta(seconds=ago), TickStatus.FAILURE, "KeyError")
    tick(instance, "refused", refused, NOW - recently, TickStatus.FAILURE, "CredentialError")
    assert sorted(wrong(instance, repository())) == [
        ("credential refused", "refused"),
        ("sensor fails", "failing"),
        ("stopped ticking", "silent"),
    ]
    tick(instance, "failing", failing, NOW - timedelta(seconds=10), TickStatus.SKIPPED)
    assert ("sensor fails", "failing") not in wrong(instance, repository())


def test_a_sensor_that_was_reset_to_what_its_code_says_is_on_only_where_that_says_so(
    instance: dg.DagsterInstance,
) -> None:
    @dg.job
    def nothing() -> None: ...

    sensors = [
        dg.SensorDefinition(name=name, job=nothing, evaluation_fn=lambda _: None, default_status=status)
        for name, status in (("on", dg.DefaultSensorStatus.RUNNING), ("off", dg.DefaultSensorStatus.STOPPED))
    ]
    for name in ("on", "off"):
        long_ago = SensorInstigatorData(last_tick_timestamp=(NOW - timedelta(hours=2)).timestamp(), min_interval=30)
        switched_on(instance, name, long_ago, InstigatorStatus.DECLARED_IN_CODE)
    code = dg.Definitions(sensors=sensors).get_repository_def()
    assert wrong(instance, code) == [("stopped ticking", "on")]


def test_a_schedule_that_missed_its_time_is_found(instance: dg.DagsterInstance) -> None:
    @dg.job
    def nothing() -> None: ...

    code = dg.Definitions(
        schedules=[dg.ScheduleDefinition(name="daily", job=nothing, cron_schedule="0 5 * * *")]
    ).get_repository_def()
    noon = NOW.replace(hour=12, minute=0, second=0, microsecond=0)
    began = (noon - timedelta(days=3)).timestamp()
    origin = switched_on(instance, "daily", ScheduleInstigatorData("0 5 * * *", start_timestamp=began))
    tick(instance, "daily", origin, noon.replace(hour=5) - timedelta(days=1), TickStatus.SUCCESS)
    assert wrong(instance, code, noon) == [("stopped ticking", "daily")]
    tick(instance, "daily", origin, noon.replace(hour=5), TickStatus.SUCCESS)
    assert wrong(instance, code, noon) == []
    assert wrong(instance, code, noon.replace(hour=5, minute=5) + timedelta(days=1)) == [], "a few minutes are given"


def test_a_vacuum_by_an_override_is_found_once_in_the_tables_own_log(lake: Settings) -> None:
    table, url = find_table("bronze/transactions"), lake.table_url("bronze", "transactions")
    make(lake, table.id, NEW_YEAR)
    delete(Deletable(url, Retention(timedelta(days=7), timedelta(days=1)), paths=("old.parquet",)), {})
    found = overrides_of([table], lake, {}, datetime.now(UTC))
    assert (found.happened, found.versions) == ((), {table.id: 1}), "a vacuum as it should be is no news"
    make(lake, table.id, NEW_YEAR)
    below = ["maintain", table.id, "--only", "vacuum", "--keep-hours", "0"]
    refused = lakehouse(lake.home, *below)
    assert (refused.returncode, "below the table's guard" in refused.stderr) == (1, True), refused.stderr
    done = lakehouse(lake.home, *below, "--override", f"{SECRET} must go")
    assert done.returncode == 0, done.stderr
    make(lake, table.id, NEW_YEAR)
    again = overrides_of([table], lake, found.versions, datetime.now(UTC))
    ((problem, _),) = again.happened
    assert problem == Problem("vacuum override", table.id, "version-3", path=f"/assets/{table.id}")
    assert overrides_of([table], lake, again.versions, datetime.now(UTC)).happened == ()
    assert overrides_of([table], lake, {}, datetime.now(UTC)).happened == again.happened
    assert overrides_of([table], lake, {}, datetime.now(UTC) + timedelta(days=2)).happened == ()


def test_a_vacuum_by_an_override_is_found_however_many_commits_came_after_it(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.alerts.overrides.COMMITS", 2)
    table, url = find_table("bronze/transactions"), lake.table_url("bronze", "transactions")
    make(lake, table.id, NEW_YEAR)
    for override in (Override("ann", "the disk is full"), *[None] * 4):
        delete(Deletable(url, Retention(timedelta(0), timedelta(days=1), override), paths=("old.parquet",)), {})
    for read in ({}, {table.id: 0}):
        assert len(overrides_of([table], lake, read, datetime.now(UTC)).happened) == 1


def test_a_table_that_cannot_be_read_stops_no_look_and_is_named(instance: dg.DagsterInstance, lake: Settings) -> None:
    Path(lake.root, "gold").mkdir(parents=True)
    Path(lake.root, "gold", "daily_store_sales").write_text("a file where a table should be")
    assert wrong(instance, repository()) == []
    assert records_of(instance, repository(), State(), NOW).unread == ("gold/daily_store_sales",)


def test_a_store_that_never_answers_holds_up_no_look(
    instance: dg.DagsterInstance, lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster ends a tick after a minute; each of forty logs would be waited for that long."""
    monkeypatch.setattr("sensors.alerts.overrides.WITHIN", 1.0)
    monkeypatch.setattr("lakehouse_assets.storage.answering.DELTA", {"timeout": "5s", "max_retries": "0"})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("LAKEHOUSE_ROOT", "s3://lake")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
            monkeypatch.setenv(name, "us-east-1")
        began = time.monotonic()
        found = records_of(instance, repository(), State(), NOW)
        assert time.monotonic() - began < 30
    assert len(found.unread) == 2 * len(tables())


def test_a_result_that_appears_after_one_of_a_greater_number_is_read_too(lake: Settings, tmp_path: Path) -> None:
    def read(state: State, now: datetime) -> records.Records:
        return records_of(other, repository(), state, now)

    def give(kind: str, number: int) -> None:
        with other.event_log_storage.index_connection() as connection:
            text = "update event_logs set dagster_event_type = :kind where id = :number"
            connection.execute(sqlalchemy.text(text), {"kind": kind, "number": number})

    with dg.DagsterInstance.local_temp(str(tmp_path)) as other:
        for check in ("slow", "quick"):
            other.report_runless_asset_event(dg.AssetCheckEvaluation(asset_key=SILVER, check_name=check, passed=False))
        evaluation, now = dg.DagsterEventType.ASSET_CHECK_EVALUATION.value, datetime.now(UTC)
        give("not yet there", 1)
        first = read(State(), now)
        give(evaluation, 1)
        second = read(learn(State(), first, now.timestamp()), now)
        later = now + SETTLES
        third = read(learn(State(), second, now.timestamp()), later)
        fourth = read(learn(State(), third, later.timestamp()), later)
    told = [[result.check for result in found.results] for found in (first, second, third, fourth)]
    assert told == [["quick"], ["slow", "quick"], ["slow", "quick"], []]


def test_figures_of_materialisations_are_read_and_an_odd_one_is_found(instance: dg.DagsterInstance) -> None:
    def made(day: int, rows: int) -> None:
        metadata = {"dagster/partition_row_count": rows, "rows_delivered": rows, "seconds_compute": 1.5}
        instance.report_runless_asset_event(
            dg.AssetMaterialization(SILVER, partition=f"2017-01-{day:02}", metadata=metadata)
        )

    for day in range(1, 13):
        made(day, 1000 + day)
    assert wrong(instance, repository()) == []
    made(13, 3)
    assert wrong(instance, repository()) == [("volume unusual", "silver/transactions")]


TABLES = {name: dg.AssetKey(name.split("/")) for name in ("silver/products", "silver/coupons")}


def ended(instance: dg.DagsterInstance, table: str, outcome: dg.DagsterRunStatus, **tags: str) -> None:
    selection = frozenset({TABLES[table]})
    instance.add_run(dg.DagsterRun("job", status=outcome, asset_selection=selection, tags=tags))


def test_what_was_made_good_stays_so_however_many_runs_come_after(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "RUNS", 3)
    for table, outcomes in (("silver/coupons", (BAD, GOOD)), ("silver/products", (*[GOOD] * 7, BAD, *[GOOD] * 7))):
        for outcome in outcomes:
            ended(instance, table, outcome)
    assert wrong(instance, repository()) == []
    ended(instance, "silver/coupons", BAD)
    assert wrong(instance, repository()) == [("run failed", "silver/coupons")]


def test_what_failed_by_a_security_event_is_told_as_that_however_much_fails_after_it(
    instance: dg.DagsterInstance,
) -> None:
    ended(instance, "silver/coupons", BAD, **{SECURITY: "credential refused"})
    for _ in range(60):
        ended(instance, "silver/products", BAD)
    assert sorted(wrong(instance, repository())) == [
        ("credential refused", "silver/coupons"),
        ("run failed", "silver/products"),
    ]


def test_a_run_that_failed_makes_good_what_its_other_steps_made(instance: dg.DagsterInstance) -> None:
    fails = dict.fromkeys(TABLES, True)

    @dg.asset(key=TABLES["silver/products"])
    def products() -> None:
        if fails["silver/products"]:
            raise ValueError

    @dg.asset(key=TABLES["silver/coupons"], deps=[products])
    def coupons() -> None:
        if fails["silver/coupons"]:
            raise ValueError

    job = dg.Definitions([products, coupons]).resolve_implicit_global_asset_job_def()

    def run() -> list[tuple[str, str]]:
        job.execute_in_process(instance=instance, raise_on_error=False, asset_selection=list(TABLES.values()))
        return wrong(instance, repository())

    assert run() == [("run failed", "silver/products")]
    fails["silver/products"] = False
    assert run() == [("run failed", "silver/coupons")]
    fails["silver/coupons"] = False
    assert run() == []


VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF), min_size=4, max_size=30).map("v~{}".format)


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, min_size=10, max_size=10))
def test_whatever_value_stands_in_errors_results_and_metadata_no_message_and_no_state_holds_it(
    instance: dg.DagsterInstance, values: list[str]
) -> None:
    for number, value in enumerate(values):
        text = {"sample": dg.TextMetadataValue(value), "row": dg.JsonMetadataValue({"x": value}), value: 5}
        instance.report_runless_asset_event(dg.AssetMaterialization(SILVER, description=value, metadata=text))
        evaluation = dg.AssetCheckEvaluation(
            asset_key=SILVER, check_name=f"c{number}", passed=False, metadata=text, description=value, blocking=True
        )
        instance.report_runless_asset_event(evaluation)

    @dg.op
    def fails():
        raise dg.Failure(" ".join(values), metadata={value: value for value in values})

    @dg.job
    def failing() -> None:
        fails()

    failing.execute_in_process(instance=instance, raise_on_error=False)
    for routing in (ROUTING, replace(ROUTING, storm=100)):
        records = records_of(instance, repository(), State(), NOW)
        state, news = look(State(), records, routing, lambda subject: (), NOW.timestamp())
        assert {one.problem.kind for one in news} == {"run failed", "check refused"}
        told = "".join(message.title + message.text for message in state.outbox["c"].messages)
        for value in values:
            assert value not in told
            assert value not in state.as_text()
            assert json.dumps(value)[1:-1] not in state.as_text()
