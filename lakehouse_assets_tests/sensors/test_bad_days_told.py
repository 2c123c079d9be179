"""Of a bad day people are told once, and of its end once: by Dagster's own daemon, to a real receiver."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher

from lakehouse_assets_tests.resources.notifiers.servers import Hook, hook
from lakehouse_assets_tests.sensors.daemon import Daemon, daemon, hurry
from lakehouse_assets_tests.sensors.test_arrivals import FIRST, SECOND, deliver, held
from lakehouse_assets_tests.sensors.test_bad_days import GOOD, during_which
from lakehouse_assets_tests.stores import outside
from lakehouse_assets_tests.stores.faults import bad_network
from sensors.offers import offers

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

SENSORS = ("arrivals_transactions", "alerts")
# More than three ticks that fail, which is when a sensor is told to fail, or a run, and a look that finds it.
A_WHILE, NO_TIME = 6, timedelta(0)
SENSOR_FAILS, RUN_FAILS = "arrivals_transactions sensor: sensor fails", "bronze/transactions: run failed"
SENSOR_REFUSED, RUN_REFUSED = "arrivals_transactions: credential refused", "bronze/transactions: credential refused"
KEY, WRONG = "AWS_SECRET_ACCESS_KEY", "a-wrong/secret+of=nobody"
REFUSED = "bronze/transactions file__readable: check refused"


@pytest.fixture
def told(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    """One team that is told everything."""
    hurry(monkeypatch)
    lake.home.mkdir(parents=True, exist_ok=True)
    (lake.home / "alerts.toml").write_text('otherwise = ["team"]\n[channels]\nteam = "TEAM_URL"\n')
    with hook() as received:
        monkeypatch.setenv("TEAM_URL", received.url)
        yield received


def titles(told: Hook) -> list[str]:
    """What was told since it was asked for last; messages of one look in the order of the alphabet."""
    found = sorted(body["title"] for body in told.bodies)
    told.bodies.clear()
    return found


def a_while(daemon: Daemon) -> None:
    for _ in range(A_WHILE):
        daemon.turn(NO_TIME)


def test_of_a_sensor_that_throws(lake: Settings, told: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv")

    def throws(*_: Any, **__: Any) -> Any:
        raise RuntimeError("nobody thought of this")

    with daemon(monkeypatch, *SENSORS) as dagster:
        with monkeypatch.context() as broken:
            broken.setattr("sensors.arrivals.look", throws)
            a_while(dagster)
            assert titles(told) == [f"ERROR {SENSOR_FAILS}"]
        a_while(dagster)
        assert titles(told) == [f"OVER {SENSOR_FAILS}"]
        assert (dagster.runs(), held(lake)) == (["SUCCESS"], {FIRST: 1})


def test_of_a_poisoned_delivery(lake: Settings, told: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv")
    with daemon(monkeypatch, *SENSORS) as dagster:
        a_while(dagster)
        deliver(lake, f"transactions/{SECOND}/a.csv", "PAR1 is no text")
        a_while(dagster)
        assert titles(told) == [f"ERROR {REFUSED}"]
        deliver(lake, f"transactions/{SECOND}/a.csv", seconds_ago=60)
        a_while(dagster)
        assert titles(told) == [f"OVER {REFUSED}"]
        assert (dagster.runs(), held(lake)) == (["SUCCESS", "FAILURE", "SUCCESS"], {FIRST: 1, SECOND: 1})


def test_of_a_store_that_is_away_for_looks_and_then_for_a_run(
    s3_lake: Settings, told: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AT_FIRST", "LATER"):  # one more try, at once, so that failures come through
        monkeypatch.setattr(f"lakehouse_assets.storage.answering.{name}", {"max_retries": 1})
    monkeypatch.setattr("lakehouse_assets.storage.answering.DELTA", {"max_retries": "1"})
    monkeypatch.setattr("sensors.alerts.overrides.WITHIN", 1.0)  # seconds that a look waits for the tables' logs
    outside.write(f"{s3_lake.landing}/transactions/{FIRST}/a.csv", GOOD.encode())
    with (
        bad_network(os.environ["AWS_ENDPOINT_URL"], 1.0, 0, ("refuse",)) as network,
        daemon(monkeypatch, *SENSORS) as dagster,
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        a_while(dagster)
        assert titles(told) == [f"ERROR {SENSOR_FAILS}"]
        network.share = 0.0
        with monkeypatch.context() as away:
            away.setattr(
                SyncInMemoryRunLauncher, "launch_run", during_which(network, SyncInMemoryRunLauncher.launch_run)
            )
            away.setattr("sensors.arrivals.offers", offers)  # the second try waits, while people are told
            dagster.turn(NO_TIME)
            dagster.turn(NO_TIME)
            assert titles(told) == [f"ERROR {RUN_FAILS}", f"OVER {SENSOR_FAILS}"]
        a_while(dagster)
        assert titles(told) == [f"OVER {RUN_FAILS}"]
        assert (dagster.runs(), held(s3_lake)) == (["FAILURE", "SUCCESS"], {FIRST: 1})


def test_of_a_key_that_is_refused_to_looks_and_then_to_a_run(
    s3_lake: Settings, told: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.alerts.overrides.WITHIN", 1.0)  # seconds that a look waits for the tables' logs
    outside.write(f"{s3_lake.landing}/transactions/{FIRST}/a.csv", GOOD.encode())
    launch = SyncInMemoryRunLauncher.launch_run

    def refused_launch(*arguments: Any) -> None:
        with monkeypatch.context() as refused:
            refused.setenv(KEY, WRONG)
            launch(*arguments)

    with daemon(monkeypatch, *SENSORS) as dagster:
        with monkeypatch.context() as refused:
            refused.setenv(KEY, WRONG)
            a_while(dagster)
            assert titles(told) == [f"SECURITY {SENSOR_REFUSED}"], "and not that its ticks fail, too"
        with monkeypatch.context() as refused:
            refused.setattr(SyncInMemoryRunLauncher, "launch_run", refused_launch)
            refused.setattr("sensors.arrivals.offers", offers)  # the second try waits, while people are told
            dagster.turn(NO_TIME)
            dagster.turn(NO_TIME)
            assert titles(told) == [f"OVER {SENSOR_REFUSED}", f"SECURITY {RUN_REFUSED}"]
        a_while(dagster)
        assert titles(told) == [f"OVER {RUN_REFUSED}"]
        assert (dagster.runs(), held(s3_lake)) == (["FAILURE", "SUCCESS"], {FIRST: 1})


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(hours=-1)], ids=["forward", "back"])
def test_of_a_clock_that_jumps_nobody_is_told(
    lake: Settings, told: Hook, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    with daemon(monkeypatch, *SENSORS) as dagster:
        for day in (FIRST, SECOND):
            deliver(lake, f"transactions/{day}/a.csv")
            a_while(dagster)
            dagster.turn(jump)
        a_while(dagster)
        assert (titles(told), dagster.runs(), held(lake)) == ([], ["SUCCESS", "SUCCESS"], {FIRST: 1, SECOND: 1})
