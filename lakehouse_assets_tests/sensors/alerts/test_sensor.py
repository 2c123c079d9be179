"""The alerts' sensor on a real Dagster instance, to a real SMTP server: failures and failed checks are told, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.errors import OutsideRangeError
from lakehouse_assets.orchestration.steps import told_failures
from lakehouse_assets_tests.resources.notifiers.servers import Hook, Mailbox, hook, mailbox
from lakehouse_assets_tests.sensors.alerts.looks import PERSONAL
from sensors.alerts.sensor import load_state, save_state
from sensors.alerts.state import State

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

DAY, NEXT = "2017-01-01", "2017-01-02"


@pytest.fixture
def routes(lake: Settings) -> None:
    """What alerts.toml says: sales by mail of what is theirs, the platform by a webhook of all else."""
    lake.home.mkdir(parents=True, exist_ok=True)
    (lake.home / "alerts.toml").write_text(
        """
        ui = "https://dagster.example.com"
        otherwise = ["platform"]
        [channels]
        sales = "SALES_URL"
        platform = "PLATFORM_URL"
        [[routes]]
        owners = ["team:sales"]
        severities = ["error", "warning"]
        channels = ["sales"]
        """
    )


@pytest.fixture
def sales(routes: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The mailbox of team:sales."""
    with mailbox() as box:
        monkeypatch.setenv("SALES_URL", box.url)
        yield box


@pytest.fixture
def platform(routes: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    """The webhook of whoever runs the platform."""
    with hook() as received:
        monkeypatch.setenv("PLATFORM_URL", received.url)
        yield received


class Daemon:
    """Evaluates the sensor as the daemon does, over the real code location."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        from lakehouse_assets.definitions import defs

        self.instance, self.defs = instance, defs
        self.sensor = defs.resolve_sensor_def("alerts")
        self.job = defs.resolve_implicit_global_asset_job_def()

    def look(self) -> str:
        repository = self.defs.get_repository_def()
        with dg.build_sensor_context(instance=self.instance, repository_def=repository) as context:
            return self.sensor.evaluate_tick(context).skip_message or ""

    def run(self, table: str, day: str) -> str:
        done = self.job.execute_in_process(
            run_config={"loggers": {"console": {}}},
            instance=self.instance,
            tags={"dagster/asset_partition_range_start": day, "dagster/asset_partition_range_end": day},
            raise_on_error=False,
            asset_selection=[dg.AssetKey(table.split("/"))],
        )
        return str(done.run_id)


HEADER = ",".join(find_table("bronze/transactions").schema.names)
LINE = ",".join("1" for _ in find_table("bronze/transactions").schema.names)


def deliver(lake: Settings, day: str, text: str = f"{HEADER}\n{LINE}\n") -> None:
    path = Path(lake.landing, "transactions", day, "a.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_failed_check_and_a_failed_run_are_told_once_by_mail_and_so_is_their_end(
    lake: Settings, instance: dg.DagsterInstance, sales: Mailbox
) -> None:
    daemon = Daemon(instance)
    deliver(lake, DAY, f"PAR1 {PERSONAL}")
    run = daemon.run("bronze/transactions", DAY)
    broken = daemon.run("silver/transactions", DAY)  # of which there is nothing to read yet
    assert daemon.look() == "2 told"
    assert sorted(sales.subjects) == [
        "ERROR bronze/transactions file__readable: check refused",
        "ERROR silver/transactions: run failed",
    ]
    links = [f"https://dagster.example.com/runs/{one}" for one in (run, broken)]
    assert all(DAY in text and any(link in text for link in links) for text in sales.texts)
    assert PERSONAL not in "".join(mail.as_string() for mail in sales.mails)

    deliver(lake, NEXT)
    daemon.run("bronze/transactions", NEXT)
    assert daemon.look() == "nothing new", "another day's success mends nothing"

    deliver(lake, DAY)
    daemon.run("bronze/transactions", DAY)
    assert daemon.look() == "1 told"
    assert sales.subjects[2:] == ["OVER bronze/transactions file__readable: check refused"]
    assert daemon.look() == "nothing new"
    assert len(sales.mails) == 3


def fail(instance: dg.DagsterInstance, defs: dg.Definitions) -> None:
    """Run all assets, as the UI does."""
    job, keys = defs.resolve_implicit_global_asset_job_def(), defs.resolve_asset_graph().get_all_asset_keys()
    done = job.execute_in_process(instance=instance, raise_on_error=False, asset_selection=list(keys))
    assert not done.success


def test_a_write_outside_the_range_is_told_to_the_platform_as_a_security_event_and_not_as_a_failed_run(
    instance: dg.DagsterInstance, platform: Hook
) -> None:
    table = find_table("silver/transactions")

    @dg.asset(key=["silver", "transactions"])
    def widens(context) -> None:
        with told_failures(table, context):
            raise OutsideRangeError(f"rows of {PERSONAL} are not of the run's range")

    fail(instance, dg.Definitions(assets=[widens]))
    assert Daemon(instance).look() == "1 told"
    (body,) = platform.bodies
    assert body["title"] == "SECURITY silver/transactions: write outside range"
    assert PERSONAL not in str(body)


def test_a_security_event_in_an_io_manager_is_told_by_the_class_of_its_error(
    instance: dg.DagsterInstance, platform: Hook
) -> None:
    class Widening(dg.IOManager):
        def handle_output(self, context: dg.OutputContext, obj: object) -> None:
            raise OutsideRangeError(f"rows of {PERSONAL}")

        def load_input(self, context: dg.InputContext) -> None: ...

    @dg.asset(key=["gold", "mine"])
    def mine() -> int:
        return 1

    fail(instance, dg.Definitions(assets=[mine], resources={"io_manager": Widening()}))
    assert Daemon(instance).look() == "1 told"
    assert platform.bodies[0]["title"] == "SECURITY gold/mine: write outside range"


def test_a_channel_that_refuses_holds_up_no_other_is_named_in_the_tick_and_gets_its_message_later(
    instance: dg.DagsterInstance, sales: Mailbox, platform: Hook
) -> None:
    daemon, sales.refuses = Daemon(instance), True
    daemon.run("silver/transactions", DAY)
    daemon.run("silver/promotions", "2017-01-02")  # of team:marketing, whom no route names
    assert daemon.look() == "2 told; sales fails: 1 messages wait, 0 were dropped"
    assert [body["title"] for body in platform.bodies] == ["ERROR silver/promotions: run failed"]
    assert (sales.subjects, sales.attempts) == ([], 1)

    assert daemon.look() == "1 told; sales fails: 1 messages wait, 0 were dropped"
    assert platform.bodies[1]["title"] == "ERROR sales: channel fails"
    assert sales.attempts == 1, "it is not tried again before a minute has passed"

    sales.refuses = False
    state = load_state(instance)
    minute_later = {name: replace(waiting, again=waiting.again - 60) for name, waiting in state.outbox.items()}
    save_state(instance, replace(state, outbox=minute_later))
    assert daemon.look() == "nothing new"
    assert sales.subjects == ["ERROR silver/transactions: run failed"]
    assert daemon.look() == "1 told"
    assert platform.bodies[2]["title"] == "OVER sales: channel fails"


def test_thirty_failures_in_one_look_are_one_mail_and_a_lost_state_is_one_more(
    instance: dg.DagsterInstance, platform: Hook
) -> None:
    for n in range(30):

        @dg.job(name=f"job_{n}")
        def empty() -> None: ...

        instance.report_run_failed(instance.create_run_for_job(empty, status=dg.DagsterRunStatus.STARTED))
    daemon = Daemon(instance)
    assert daemon.look() == "30 told"
    assert [body["title"] for body in platform.bodies] == ["30 problems, 0 over"]
    save_state(instance, State())
    assert daemon.look() == "30 told"
    assert daemon.look() == "nothing new"
    assert len(platform.bodies) == 2


def test_nobody_to_tell_is_said_in_the_tick(instance: dg.DagsterInstance) -> None:
    assert Daemon(instance).look() == "nobody is told, because no channel is configured: see docs/alerts.md"


def test_the_sensor_is_off_until_somebody_switches_it_on() -> None:
    from lakehouse_assets.definitions import defs

    assert defs.resolve_sensor_def("alerts").default_status == dg.DefaultSensorStatus.STOPPED
