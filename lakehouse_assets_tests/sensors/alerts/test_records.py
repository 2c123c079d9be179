"""What is read off a real Dagster instance and real tables; and that no value of a row gets out of them."""

from __future__ import annotations

import json
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

from lakehouse_assets_tests.sensors.alerts.looks import NOW, PERSONAL, SILVER, repository, wrong
from resources.dagster_storage.numbered import SETTLES
from sensors.alerts import records
from sensors.alerts.looking import learn, look
from sensors.alerts.records import records_of
from sensors.alerts.routes import Routing
from sensors.alerts.state import State

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

WITHIN, BY_SEVEN = dg.AssetKey(["gold", "within"]), dg.AssetKey(["gold", "by_seven"])
ROUTING = Routing({"c": "C"}, (), ("c",))


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
    info = (
        SerializableErrorInfo(PERSONAL, [], "SensorError", SerializableErrorInfo(PERSONAL, [], error))
        if error
        else None
    )
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
