"""The alerts' sensor on a real Dagster instance, to a real SMTP server: failures and failed checks are told, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets_tests.resources.notifiers.servers import Mailbox, mailbox
from resources.dagster_home import prepare_home

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

DAY, NEXT = "2017-01-01", "2017-01-02"
SECRET = "household-4711"


@pytest.fixture
def instance(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The instance of the lake's home, with the storage that `lakehouse dev` has."""
    monkeypatch.setenv("DAGSTER_HOME", str(prepare_home(lake)))
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.fixture
def sales(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The mailbox of team:sales, to which alerts.toml leads."""
    lake.home.mkdir(parents=True, exist_ok=True)
    (lake.home / "alerts.toml").write_text(
        'ui = "https://dagster.example.com"\notherwise = ["sales"]\n[channels]\nsales = "SALES_URL"\n'
    )
    with mailbox() as box:
        monkeypatch.setenv("SALES_URL", box.url)
        yield box


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
    deliver(lake, DAY, f"PAR1 {SECRET}")
    run = daemon.run("bronze/transactions", DAY)
    broken = daemon.run("silver/transactions", DAY)  # of which there is nothing to read yet
    assert daemon.look() == "2 told"
    assert sorted(sales.subjects) == [
        "ERROR bronze/transactions file__readable: check refused",
        "ERROR silver/transactions: run failed",
    ]
    links = [f"https://dagster.example.com/runs/{one}" for one in (run, broken)]
    assert all(DAY in text and any(link in text for link in links) for text in sales.texts)
    assert SECRET not in "".join(mail.as_string() for mail in sales.mails)

    deliver(lake, NEXT)
    daemon.run("bronze/transactions", NEXT)
    assert daemon.look() == "nothing new", "another day's success mends nothing"

    deliver(lake, DAY)
    daemon.run("bronze/transactions", DAY)
    assert daemon.look() == "1 told"
    assert sales.subjects[2:] == ["OVER bronze/transactions file__readable: check refused"]
    assert daemon.look() == "nothing new"
    assert len(sales.mails) == 3
