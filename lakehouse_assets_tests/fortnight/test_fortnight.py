"""A lake that was left alone for two weeks of delays, corrections, corruption and crashes is the undisturbed one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.catalog import tables
from lakehouse_assets.demo.land import land
from lakehouse_assets.lake import Lake
from lakehouse_assets.maintaining.upkeep import survey
from lakehouse_assets.making import make
from lakehouse_assets.operate.history import history
from lakehouse_assets.publish.commit import active_files
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.fortnight.deliveries import Sender
from lakehouse_assets_tests.fortnight.script import DAYS
from lakehouse_assets_tests.parity.contents import accepted, apart, columns

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from resources.engines.embedded import EmbeddedEngine

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the true files of two weeks lie."""
    folder = tmp_path_factory.mktemp("fortnight")
    list(land(str(folder / "source"), first=DAYS[0], last=DAYS[-1]))
    Sender(folder / "source", folder).shorten()
    return folder


@pytest.fixture(scope="module")
def seen(folder: Path) -> dict[str, Any]:
    """What the script saw."""
    command = [sys.executable, "-m", "lakehouse_assets_tests.fortnight.script", str(folder)]
    log = folder / "log"
    with log.open("wb") as said:
        played = subprocess.run(command, stdout=said, stderr=said, timeout=1800)
    assert played.returncode == 0, log.read_text()[-4000:]
    return dict(json.loads((folder / "seen.json").read_text()))


@pytest.fixture(scope="module")
def disturbed(folder: Path, seen: dict[str, Any]) -> Settings:
    return settings_of(folder / "disturbed")


@pytest.fixture(scope="module")
def calm(folder: Path, disturbed: Settings, engine: EmbeddedEngine) -> Settings:
    """A lake that was made at once, of the files as they were in the end."""
    settings = settings_of(folder / "calm")
    shutil.copytree(disturbed.landing, settings.landing, copy_function=shutil.copy2)
    for table in tables().values():
        slots = Lake(settings).available(table, slots_of(table))
        make(table, settings, lambda: engine.spark_session, slots if table.calendar else None)
    return settings


def settings_of(home: Path) -> Settings:
    return Settings(home, str(home / "lake"), str(home / "landing"), "embedded")


def slots_of(table: Table) -> tuple[str, ...]:
    return table.calendar.keys() if table.calendar else ("",)


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.id)
def test_each_table_is_as_if_nothing_had_ever_gone_wrong(table: Table, disturbed: Settings, calm: Settings) -> None:
    # A file that was sent again unchanged is no news, so a row keeps the time at which it first came.
    first_came = ("_source_modified",)
    assert accepted(table, disturbed, but=first_came) == accepted(table, calm, but=first_came)
    assert apart(table, disturbed) == apart(table, calm)
    assert columns(table, disturbed) == columns(table, calm)


def test_nothing_is_left_to_be_made(disturbed: Settings) -> None:
    lake = Lake(disturbed)
    assert {table.id: due for table in tables().values() if (due := lake.stale(table))} == {}


BY_DAY = {
    3: {"bronze/transactions: run failed"},  # its process was killed
    8: {"bronze/transactions file__readable: check refused"},
    9: {
        "silver/transactions product_id__in_silver_products: check refused",  # as every day, and this day with the rest
        "silver/transactions sales_value__castable: check refused",
        "silver/transactions sales_value__not_null: check refused",
    },
    10: {
        "bronze/transactions: run failed",
        "silver/transactions: run failed",
        "gold/product_performance: run failed",
        "gold/promotion_lift: run failed",  # made by the same run
    },
}
# A day that was in one run with a bad one is made good at the next look; people may have looked before.
MAYBE = {8: {"bronze/transactions: run failed"}}
# What the demo's deliveries are like on many days, and half a file that could not be read.
WARNED = {
    "silver/coupons product_id__in_silver_products: check warns",
    "silver/transactions product_id__in_silver_products: check warns",
    "silver/transactions quantity_is_counted: check warns",
    "bronze/transactions volume: check warns",
}


def told(seen: dict[str, Any], sort: str) -> dict[int, set[str]]:
    """What was told of a sort, by day; days without are left out."""
    by_day = {n: [t for t in titles if t.startswith(f"{sort} ")] for n, titles in enumerate(seen["told"], start=1)}
    return {n: {title.removeprefix(f"{sort} ") for title in titles} for n, titles in by_day.items() if titles}


def test_people_are_told_of_every_error_once_on_its_day_and_of_no_other(seen: dict[str, Any]) -> None:
    found = told(seen, "ERROR")
    assert {n: titles - MAYBE.get(n, set()) for n, titles in found.items()} == BY_DAY
    assert len([t for day in seen["told"] for t in day if t.startswith("ERROR ")]) == sum(map(len, found.values()))
    assert set().union(*told(seen, "WARNING").values()) == WARNED
    assert {title.split(" ")[0] for day in seen["told"] for title in day} == {"ERROR", "WARNING", "OVER"}


def test_a_warning_is_told_again_only_after_its_end(seen: dict[str, Any]) -> None:
    every = Counter(title for day in seen["told"] for title in day)
    assert {title: every[f"WARNING {title}"] - every[f"OVER {title}"] for title in WARNED}.items() <= {
        (title, still) for title in WARNED for still in (0, 1)
    }


def test_the_end_of_every_error_is_told_once(seen: dict[str, Any]) -> None:
    over = [title.removeprefix("OVER ") for day in seen["told"] for title in day if title.startswith("OVER ")]
    errors = [error for day in told(seen, "ERROR").values() for error in day]
    assert sorted(title for title in over if title not in WARNED) == sorted(errors)


def test_every_table_was_maintained(seen: dict[str, Any], disturbed: Settings) -> None:
    now = datetime.fromisoformat(seen["now"])
    due = {one.id: one.urgency for table in tables().values() for one in survey(table, disturbed, now=now)}
    assert set(due) >= set(tables())
    assert {table: urgency for table, urgency in due.items() if urgency >= 1} == {}


def test_the_day_that_came_in_many_files_was_compacted(disturbed: Settings) -> None:
    bronze = find_table("bronze/transactions")
    done = [v for v in history(bronze, disturbed) if v.told.get("maintained") == "compact"]
    assert done
    held = Lake(disturbed).seen(bronze).table
    assert held is not None
    assert len(active_files(held, Range("event_date", (DAYS[11],)))) == 1


def test_the_report_shows_what_happened(disturbed: Settings) -> None:
    page = (disturbed.home / "report.html").read_text()
    assert [table for table in tables() if table not in page] == []
    assert [rule for rule in ("quantity_is_counted", "product_id__in_silver_products") if rule not in page] == []
    failed = page[page.index('id="failed"') : page.index('id="quarantine"')]
    rows = re.findall(r'<td class="text">(.*?)</td>' * 4, failed)
    told = {(tables_, span, by) for tables_, span, by, _ in rows}
    assert ("bronze/transactions", DAYS[7], "bronze/transactions file__readable") in told
    assert ("bronze/transactions", DAYS[2], "nothing: it broke off") in told
    assert any("silver/transactions sales_value__castable" in by for _, _, by in told)
    quarantined = page[page.index('id="quarantine"') : page.index('id="health"')]
    rejected = len(apart(find_table("silver/transactions"), disturbed))
    assert f"silver/transactions: {rejected:,} rows" in quarantined


def test_the_daemon_met_nothing_that_it_could_not_cope_with(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
    assert [day["STARTED"] for day in seen["runs"] if "STARTED" in day] == []
