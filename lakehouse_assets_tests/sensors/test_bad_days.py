"""Bad days, rehearsed by Dagster's own sensor daemon: afterwards each file is loaded once, and nobody lent a hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from deltalake import DeltaTable

from lakehouse_assets.lake import Lake
from lakehouse_assets_tests.sensors.daemon import Daemon, daemon
from lakehouse_assets_tests.sensors.test_arrivals import FIRST, HEADER, LINE, SECOND, THIRD, TRANSACTIONS, deliver, held
from lakehouse_assets_tests.stores import outside
from lakehouse_assets_tests.stores.faults import bad_network
from sensors.looking import look

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

GOOD = f"{HEADER}\n{LINE}\n"
SOON, HOUR, DAY = timedelta(seconds=31), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def dagster(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    with daemon(monkeypatch, "arrivals_transactions", "arrivals_coupons") as started:
        yield started


def rows(lake: Settings) -> int:
    return DeltaTable(lake.table_url("bronze", "transactions")).to_pyarrow_table().num_rows


def test_a_store_that_is_away_for_looks_and_for_a_run_costs_time_and_nothing_else(
    s3_lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AT_FIRST", "LATER"):  # one more try, at once, so that failures come through
        monkeypatch.setattr(f"lakehouse_assets.storage.answering.{name}", {"max_retries": 1})
    monkeypatch.setattr("lakehouse_assets.storage.answering.DELTA", {"max_retries": "1"})
    for day in (FIRST, SECOND):
        outside.write(f"{s3_lake.landing}/transactions/{day}/a.csv", GOOD.encode())
    with (
        bad_network(os.environ["AWS_ENDPOINT_URL"], 1.0, 0, ("refuse",)) as network,
        daemon(monkeypatch, "arrivals_transactions") as dagster,
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        for _ in range(2):
            tick = dagster.turn()["arrivals_transactions"]
            assert tick.status.value == "FAILURE"
            assert "the store asks to be left alone" in tick.error.to_string()
        network.share = 0.0
        with monkeypatch.context() as away:
            away.setattr(
                SyncInMemoryRunLauncher, "launch_run", during_which(network, SyncInMemoryRunLauncher.launch_run)
            )
            dagster.turn()
        assert dagster.runs() == ["FAILURE"]
        assert dagster.turn(SOON)["arrivals_transactions"].status.value == "SKIPPED", "it waits a minute"
        dagster.turn()
        dagster.turn()
        assert dagster.runs() == ["FAILURE", "SUCCESS"]
        assert held(s3_lake) == {FIRST: 1, SECOND: 1}
        assert Lake(s3_lake).version(TRANSACTIONS) == 0


def during_which(network: Any, launch: Callable[..., None]) -> Callable[..., None]:
    """A launch of a run through which the store is away."""

    def launched(*arguments: Any) -> None:
        network.share = 1.0
        try:
            launch(*arguments)
        finally:
            network.share = 0.0

    return launched


def test_a_poisoned_delivery_is_tried_with_the_others_and_alone_and_then_left(lake: Settings, dagster: Daemon) -> None:
    for day in (FIRST, THIRD):
        deliver(lake, f"transactions/{day}/a.csv")
    deliver(lake, f"transactions/{SECOND}/a.csv", "PAR1 is no text")
    for _ in range(8):
        last = dagster.turn(HOUR)["arrivals_transactions"]
    assert sorted(dagster.runs()) == ["FAILURE", "FAILURE", "SUCCESS", "SUCCESS"]
    assert last.skip_reason == "1 partitions given up until files or code change"
    assert (held(lake), rows(lake)) == ({FIRST: 1, THIRD: 1}, 2)
    deliver(lake, f"transactions/{SECOND}/a.csv", seconds_ago=60)
    dagster.turn()
    assert (held(lake), rows(lake)) == ({FIRST: 1, SECOND: 1, THIRD: 1}, 3)


def test_a_sensor_that_throws_holds_up_no_other_and_forgets_nothing(
    lake: Settings, dagster: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv")
    deliver(lake, "coupons/a.csv", "coupon_upc,product_id,campaign_id\n1,2,3\n")

    def throws(table: Any, *arguments: Any, **named: Any) -> Any:
        if table is TRANSACTIONS:
            raise RuntimeError("nobody thought of this")
        return look(table, *arguments, **named)

    with monkeypatch.context() as broken:
        broken.setattr("sensors.arrivals.look", throws)
        for _ in range(3):
            ticks = dagster.turn()
            assert ticks["arrivals_transactions"].status.value == "FAILURE"
    assert dagster.runs() == ["SUCCESS"], "of the other table"
    deliver(lake, f"transactions/{SECOND}/a.csv")
    for _ in range(2):
        dagster.turn()
    assert dagster.runs() == ["SUCCESS", "SUCCESS"]
    assert (held(lake), rows(lake)) == ({FIRST: 1, SECOND: 1}, 2)


@pytest.mark.parametrize("jump", [DAY, -HOUR], ids=["forward", "back"])
def test_a_clock_that_jumps_while_files_arrive_loads_each_once(
    lake: Settings, dagster: Daemon, jump: timedelta
) -> None:
    """Dagster's daemon itself looks again only when its clock has caught up with its last look."""

    def deliver_now(day: str) -> None:  # a file on disk bears the time of the machine
        path, now = deliver(lake, f"transactions/{day}/a.csv"), dagster.now().timestamp()
        os.utime(path, (now, now))

    deliver_now(FIRST)
    dagster.turn(timedelta(seconds=1))
    assert dagster.runs() == [], "it may be growing"
    dagster.turn(jump)
    deliver_now(SECOND)
    for _ in range(8):
        dagster.turn(timedelta(minutes=10))
    assert (held(lake), rows(lake)) == ({FIRST: 1, SECOND: 1}, 2)
    assert set(dagster.runs()) == {"SUCCESS"}
    assert Lake(lake).version(TRANSACTIONS) == len(dagster.runs()) - 1, "no run found nothing to do"
