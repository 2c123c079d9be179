"""A real daemon, left alone with a landing zone: what arrives goes through to gold, once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.demo.land import land
from lakehouse_assets.lake import Lake
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.cli.command import LAKEHOUSE
from lakehouse_assets_tests.stores.servers import free_ports

FIRST, SECOND = "2017-01-01", "2017-01-02"
SALES = find_table("gold/daily_store_sales")


@pytest.fixture
def dagster(lake: Settings) -> Iterator[str]:
    """The URL of `lakehouse dev`, webserver and daemon, over an empty lake."""
    (port,) = free_ports(1)
    server = subprocess.Popen([LAKEHOUSE, "dev", "--port", str(port)], env=dict(os.environ))
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: is_up(url), "the webserver")
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)


def is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/server_info", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def wait_for(done: Callable[[], bool], what: str, seconds: float = 400) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come about in {seconds:.0f} s")
        time.sleep(1)


def ask(url: str, query: str, **variables: Any) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{url}/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["data"]


def switch_on(url: str, sensor: str) -> None:
    """What the switch on the sensor's page does."""
    (repository,) = ask(url, "{repositoriesOrError {... on RepositoryConnection {nodes {name location {name}}}}}")[
        "repositoriesOrError"
    ]["nodes"]
    done = ask(
        url,
        "mutation($s: SensorSelector!) {startSensor(sensorSelector: $s) {__typename ... on PythonError {message}}}",
        s={
            "repositoryName": repository["name"],
            "repositoryLocationName": repository["location"]["name"],
            "sensorName": sensor,
        },
    )
    assert done["startSensor"]["__typename"] == "Sensor", done


def runs(url: str) -> list[dict[str, Any]]:
    found = ask(url, "{runsOrError {... on Runs {results {status assetSelection {path} tags {key value}}}}}")
    return list(found["runsOrError"]["results"])


def land_days(lake: Settings, *days: str) -> None:
    """Deliveries that came to rest an hour ago."""
    then = time.time() - 3600
    for day in days:
        list(land(lake.landing, first=day, last=day))
    for path in Path(lake.landing).rglob("*"):
        if path.is_file() and path.stat().st_mtime > then + 60:
            os.utime(path, (then, then))


def made(lake: Settings, *days: str) -> bool:
    fresh = Lake(lake)
    return all(fresh.mark(SALES, day) is not None for day in days) and not fresh.stale(SALES)


def test_days_that_arrive_go_through_to_gold_by_themselves_and_then_it_is_quiet(lake: Settings, dagster: str) -> None:
    land_days(lake, FIRST, SECOND)
    for sensor in ("arrivals_products", "arrivals_transactions", "silver_and_gold"):
        switch_on(dagster, sensor)
    wait_for(lambda: made(lake, FIRST, SECOND), "gold of both days")
    wait_for(lambda: all(run["status"] == "SUCCESS" for run in runs(dagster)), "the end of all runs")
    for table in ("bronze/products", "bronze/transactions", "silver/transactions", "gold/daily_store_sales"):
        assert [run for run in runs(dagster) if {"path": table.split("/")} in run["assetSelection"]] != []
        assert DeltaTable(lake.table_url(*table.split("/"))).version() == 0, f"{table} was made once"
