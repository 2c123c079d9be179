"""`lakehouse alerts` as a user runs it: what is wrong, a test message, and whether anybody would be told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat
from typer.testing import CliRunner, Result

from lakehouse_assets.cli.main import app
from lakehouse_assets.errors import SettingsError
from lakehouse_assets_tests.resources.notifiers.servers import Mailbox, mailbox
from resources.dagster_home import open_instance
from resources.notifiers import SendError
from sensors.alerts.health import SILENT, Signs, complaints
from sensors.alerts.messages import Message
from sensors.alerts.outbox import Waiting
from sensors.alerts.records import records_of
from sensors.alerts.sensor import save_state
from sensors.alerts.state import State

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


@pytest.fixture
def box(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The mailbox that alerts.toml leads to."""
    lake.home.mkdir(parents=True)
    (lake.home / "alerts.toml").write_text('otherwise = ["sales"]\n[channels]\nsales = "SALES_URL"\n')
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with mailbox() as box:
        monkeypatch.setenv("SALES_URL", box.url)
        yield box
    os.environ.pop("DAGSTER_HOME", None)  # which opening the instance sets


@pytest.fixture
def command(box: Mailbox) -> Callable[..., Result]:
    """`lakehouse alerts` with these arguments."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["alerts", *arguments], env={"COLUMNS": "200"})

    return run


def test_a_test_message_arrives_and_a_channel_that_is_not_there_or_refuses_is_an_error(
    command: Callable[..., Result], box: Mailbox
) -> None:
    done = command("test", "sales")
    assert (done.exit_code, done.output) == (0, "sales accepted the message\n")
    assert box.subjects == ["Test of the lakehouse's alerts"]
    unknown = command("test", "sale")
    assert isinstance(unknown.exception, SettingsError)
    assert "its channels are: sales" in str(unknown.exception)
    box.refuses = True
    assert isinstance(command("test", "sales").exception, SendError)


def test_what_is_wrong_is_listed_with_who_is_told(lake: Settings, command: Callable[..., Result]) -> None:
    quiet = command()
    assert quiet.stdout == "Nothing is wrong.\n"
    assert "the sensor `alerts` is switched off" in quiet.stderr

    @dg.job
    def nightly() -> None: ...

    with open_instance(lake) as instance:
        instance.report_run_failed(instance.create_run_for_job(nightly, status=dg.DagsterRunStatus.STARTED))
    listed = command().output
    assert "nightly: the last run failed" in listed
    assert "not yet: sales" in listed


def test_what_is_wrong_is_told_by_all_results_though_a_look_of_the_sensor_reads_only_so_many(
    lake: Settings, command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_of, "__defaults__", (1,))
    with open_instance(lake) as instance:
        for passed in (False, False, True):
            instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=dg.AssetKey(["silver", "transactions"]), check_name="id__unique", passed=passed
                )
            )
    assert command().stdout == "Nothing is wrong.\n"


def test_check_fails_until_the_daemon_lives_and_the_sensor_looks(
    lake: Settings, command: Callable[..., Result]
) -> None:
    done = command("check")
    assert done.exit_code == 1
    assert "daemon gives no sign of life, and never did" in done.stderr
    assert "the sensor `alerts` is switched off" in done.stderr
    with open_instance(lake) as instance:
        _switch_on(instance)
        instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "SENSOR", "id", []))
        save_state(instance, State(looked=time.time()))
    assert command("check").exit_code == 0
    with open_instance(lake) as instance:
        save_state(instance, State(looked=time.time() - 2 * SILENT))
    done = command("check")
    assert (done.exit_code, "does not look for 20 minutes" in done.stderr) == (1, True)


def _switch_on(instance: dg.DagsterInstance) -> None:
    from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
    from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, InstigatorType

    origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "code").get_instigator_origin("alerts")
    instance.add_instigator_state(InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.RUNNING))


def test_everything_that_keeps_people_from_being_told_is_a_complaint() -> None:
    now = 10_000.0
    well = Signs(True, now - 60, now - 30, ("sales",))
    assert complaints(well, now) == []
    failing = {"sales": Waiting((Message("t", "x", "error"),), failed=2, dropped=3)}
    cases = {
        "switched off": Signs(False, now, now, ("sales",)),
        "does not look for 17 minutes": Signs(True, now - 1020, now, ("sales",)),
        "its last is 120 minutes ahead of the clock": Signs(True, now + 7200, now, ("sales",)),
        "no sign of life for 11 minutes": Signs(True, now, now - 660, ("sales",)),
        "names no channel": Signs(True, now, now),
        "its variable is not set": Signs(True, now, now, ("sales",), ("sales",)),
        "1 wait, 3 were dropped": Signs(True, now, now, ("sales",), (), failing),
    }
    for said, signs in cases.items():
        (complaint,) = complaints(signs, now)
        assert said in complaint
