"""Vacuums by an override, as the tables' own logs tell of them."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.catalog import tables
from lakehouse_assets.maintaining.guard import Override, Retention
from lakehouse_assets.maintaining.vacuum import Deletable, delete
from lakehouse_assets_tests.cli.command import lakehouse
from lakehouse_assets_tests.sensors.alerts.looks import NOW, PERSONAL, repository, wrong
from lakehouse_assets_tests.test_lake import NEW_YEAR, make
from sensors.alerts.overrides import overrides_of
from sensors.alerts.problem import Problem
from sensors.alerts.records import records_of
from sensors.alerts.state import State

if TYPE_CHECKING:
    import dagster as dg
    import pytest

    from lakehouse_assets.settings import Settings


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
    done = lakehouse(lake.home, *below, "--override", f"{PERSONAL} must go")
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
