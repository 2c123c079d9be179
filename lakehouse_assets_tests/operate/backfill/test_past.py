"""An estimate rests on runs that were really made: their partitions, rows and seconds, as Dagster recorded them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets.bronze.transactions import Transactions
from lakehouse_assets.operate.backfill.estimate import START_SECONDS, fit
from lakehouse_assets.operate.backfill.past import LOOKED_BACK_AT, Failed, failed_partitions, past_runs
from lakehouse_assets.operate.run import Request, run
from lakehouse_assets_tests.cli.command import lakehouse, told
from lakehouse_assets_tests.sensors.test_arrivals import HEADER, LINE, Sensor, deliver
from lakehouse_assets_tests.stores import outside
from resources.dagster_home import open_instance

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

FIRST, SECOND, THIRD, FOURTH = (f"2017-01-0{day}" for day in range(1, 5))
RATE = 7.2  # for an hour


@pytest.fixture
def instance(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """A lake that two runs made: one of a day of 2 rows, one of two days of 5 rows each. A fourth day waits."""
    monkeypatch.setenv("DAGSTER_HOME", str(lake.dagster_home))
    monkeypatch.delenv("LAKEHOUSE_RATE_EMBEDDED", raising=False)
    for day, rows in {FIRST: 2, SECOND: 5, THIRD: 5, FOURTH: 100}.items():
        deliver(lake, f"transactions/{day}/a.csv", "\n".join([HEADER, *[LINE] * rows, ""]))
    with open_instance(lake) as instance:
        run(Request((Transactions,), FIRST, FIRST), lake, instance)
        run(Request((Transactions,), SECOND, THIRD), lake, instance)
        yield instance


def test_each_run_tells_its_partitions_its_rows_and_its_seconds_the_newest_first(instance: dg.DagsterInstance) -> None:
    past = past_runs(instance, Transactions)
    assert [(one.partitions, one.rows) for one in past] == [(2, 10), (1, 2)]
    records = instance.get_run_records()
    whole = [record.end_time - record.start_time for record in records if record.end_time and record.start_time]
    assert all(0 < one.seconds <= run for one, run in zip(past, whole, strict=True))


def test_only_the_last_runs_are_asked(lake: Settings, instance: dg.DagsterInstance) -> None:
    for rows in range(3, 3 + LOOKED_BACK_AT):
        deliver(lake, f"transactions/{FIRST}/a.csv", "\n".join([HEADER, *[LINE] * rows, ""]))
        run(Request((Transactions,), FIRST, FIRST), lake, instance)
    assert [(one.partitions, one.rows) for one in past_runs(instance, Transactions)] == [
        (1, rows) for rows in reversed(range(3, 3 + LOOKED_BACK_AT))
    ]


def test_a_plan_tells_rows_seconds_and_cost_by_them_and_names_tables_without_a_past(
    lake: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("backfill", "plan", "bronze/transactions", "--from", FOURTH, "--to", FOURTH)
    assert "no cost, as no rate is declared" in lakehouse(lake.home, *asked).stdout
    monkeypatch.setenv("LAKEHOUSE_RATE_EMBEDDED", str(RATE))
    (plan,) = told(lakehouse(lake.home, *asked, "--json"))
    assert plan["runs"] == [{"tables": [Transactions.id], "partitions": [FOURTH]}]
    assert (plan["rows"], plan["without_past_run"]) == (12 / 3, [])
    assert plan["seconds"] == round(START_SECONDS + sum(fit(past_runs(instance, Transactions))), 1)
    assert plan["cost"] == pytest.approx(plan["seconds"] * RATE / 3600, abs=0.05 * RATE / 3600 + 1e-9)
    shown, seconds = lakehouse(lake.home, *asked).stdout, plan["cost"] * 3600 / RATE
    assert f"about {seconds:.0f} s and 4 rows, by past runs; cost {plan['cost']:.4g} at the declared" in shown
    deliver(lake, "coupons/a.csv", "coupon_upc,product_id,campaign_id\n1,2,3\n")
    (more,) = told(lakehouse(lake.home, "backfill", "plan", "bronze", "--from", FOURTH, "--to", FOURTH, "--json"))
    assert more["without_past_run"] == ["bronze/coupons"]
    assert more["rows"] == plan["rows"]


def test_of_a_table_that_nothing_is_known_of_there_is_no_past_and_a_plan_for_none_says_so(
    lake: Settings, instance: dg.DagsterInstance
) -> None:
    from lakehouse_assets.catalog import table

    assert past_runs(instance, table("bronze/coupons")) == []
    done = lakehouse(lake.home, "backfill", "plan", "bronze/transaction")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no table is called 'bronze/transaction'" in done.stderr
    assert "did you mean bronze/transactions" in done.stderr


def failed(instance: dg.DagsterInstance) -> Failed:
    return failed_partitions(instance, [Transactions])


def test_a_delivery_that_cannot_be_read_failed_for_good(lake: Settings) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv", "PAR1 is no text")
    with dg.DagsterInstance.ephemeral() as instance:
        Sensor(instance).look_and_run()
        assert failed(instance) == Failed({Transactions.id: {FIRST}}, {Transactions.id: {FIRST}})


def test_what_a_store_refused_did_not_fail_for_good(s3_lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    outside.write(f"{s3_lake.landing}/transactions/{FIRST}/a.csv", f"{HEADER}\n{LINE}\n".encode())
    with dg.DagsterInstance.ephemeral() as instance:
        sensor = Sensor(instance)
        monkeypatch.setattr("sensors.looking.SETTLED", timedelta(0))
        (request,) = sensor.look().run_requests or ()
        with monkeypatch.context() as refused:
            refused.setenv("AWS_SECRET_ACCESS_KEY", "a-wrong/secret+of=nobody")
            assert not sensor.run(request)
        assert failed(instance) == Failed({Transactions.id: {FIRST}}, {Transactions.id: set()})
        assert sensor.run(request)
        assert failed(instance) == Failed({Transactions.id: set()}, {Transactions.id: set()})
