"""A whole `lakehouse run` that is killed: each table is as before or as after, and the next run completes them."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.lake import Lake
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.staged_write import embedded_tasks
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.breaking.command import lakehouse, started
from lakehouse_assets_tests.breaking.tables import OF_A_RUN

if TYPE_CHECKING:
    from collections.abc import Callable

    from lakehouse_assets.declare.table import Table

TABLES = ("bronze/products", "bronze/transactions", "silver/products", "silver/transactions")
# As many days as are staged by the engine's Delta writer, as a year is: it leaves a log beside them for a moment.
LAST = f"2017-01-{min(28, max(4, embedded_tasks())):02}"
DAYS = ("--from", "2017-01-01", "--to", LAST)
RUN = ("run", *TABLES, *DAYS)
KILLS = 50

Shown = dict[str, tuple[pl.DataFrame | None, pl.DataFrame]]


def made(home: Path) -> Path:
    done = lakehouse(home, *RUN)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("delivered") / "home"
    assert lakehouse(home, "land", *DAYS).returncode == 0
    return home


@pytest.fixture(scope="module")
def first(delivered: Path) -> Path:
    """Made for the first time, undisturbed."""
    return made(copy(delivered, "first"))


@pytest.fixture(scope="module")
def due(first: Path) -> Path:
    """Made, and then two of the days were delivered anew, one of them with rows that break the contract."""
    home = copy(first, "due")
    for day, change in (("2017-01-02", lambda line: line), ("2017-01-03", lambda line: f"x{line}")):
        path = home / f"landing/transactions/{day}/transactions.csv"
        header, *lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join([header, *map(change, lines[:9]), *lines[20:]]))
    return home


@pytest.fixture(scope="module")
def second(due: Path) -> Path:
    """And made again, undisturbed."""
    return made(copy(due, "second"))


def copy(home: Path, name: str) -> Path:
    return Path(shutil.copytree(home, home.parent / name, copy_function=shutil.copy2))


def shown(home: Path) -> Shown:
    """Every table as a reader sees it, without what is a run's own."""
    return {name: _shown(find_table(name), settings_of(home)) for name in TABLES}


def settings_of(home: Path) -> Settings:
    return Settings(home, str(home / "lake"), str(home / "landing"), "embedded")


def _shown(table: Table, settings: Settings) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    held = Lake(settings).seen(table)
    apart = current(settings.quarantine_url(table.layer, table.name), held.marks)
    failed = pa.array([" ".join(sorted(rules)) for rules in apart["_failed"].to_pylist()], pa.string())
    apart = apart.set_column(apart.schema.get_field_index("_failed"), "_failed", failed)
    rows = None if held.table is None else held.table.scan()
    return (
        None if rows is None else _plain(pa.RecordBatchReader.from_stream(rows).read_all()),
        _plain(apart),
    )


def _plain(rows: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(rows)
    assert isinstance(frame, pl.DataFrame)
    plain = frame.drop(*OF_A_RUN, strict=False)
    return plain.sort(plain.columns, nulls_last=True)


def same(one: tuple[pl.DataFrame | None, pl.DataFrame], two: tuple[pl.DataFrame | None, pl.DataFrame]) -> bool:
    rows = one[0] is two[0] if one[0] is None or two[0] is None else one[0].equals(two[0])
    return rows and one[1].equals(two[1])


def killed_and_completed(start: Path, end: Path, due: Callable[[Path, float], bool]) -> bool:
    """Kill a run once that is due, look, and run again; whether it was still running when it was killed."""
    home = copy(start, "killed")
    before, expected = shown(start), shown(end)
    process, begun = started(home, *RUN), time.monotonic()
    while process.poll() is None and not due(home, time.monotonic() - begun):
        time.sleep(0.002)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    for table, there in shown(home).items():
        assert same(there, before[table]) or same(there, expected[table]), table
    made(home)
    for table, there in shown(home).items():
        assert same(there, expected[table]), table
    assert not [table for table in TABLES if stale(home, table)]
    shutil.rmtree(home)
    return running


def killed_once(start: Path, end: Path, due: Callable[[Path, float], bool]) -> bool:
    """The same until one was still running: whoever looks may be kept from it until the run is over."""
    return any(killed_and_completed(start, end, due) for _ in range(5))


def stale(home: Path, table: str) -> list[str]:
    days = find_table(table).calendar
    slots = days.between("2017-01-01", LAST) if days else ("",)
    return Lake(settings_of(home)).stale(find_table(table), slots)


def commits(home: Path, place: str) -> int:
    return len(list((home / "lake" / place / "_delta_log").glob("0*.json")))


def seconds_of(start: Path) -> float:
    home, begun = copy(start, "timed"), time.monotonic()
    made(home)
    seconds = time.monotonic() - begun
    shutil.rmtree(home)
    return seconds


def test_a_first_run_that_is_killed_while_the_engine_stages_is_completed_by_the_next(
    delivered: Path, first: Path
) -> None:
    def staging(home: Path, _: float) -> bool:
        return any((home / "lake/silver/transactions").glob("staged-*"))

    assert killed_once(delivered, first, staging)


def test_a_run_that_is_killed_between_quarantine_and_commit_is_completed_by_the_next(due: Path, second: Path) -> None:
    known = commits(due, "quarantine/silver_transactions")

    def quarantined(home: Path, _: float) -> bool:
        return commits(home, "quarantine/silver_transactions") > known

    assert killed_once(due, second, quarantined)


@pytest.mark.long
@pytest.mark.parametrize("again", [False, True], ids=["a first run", "a run over changed deliveries"])
def test_runs_that_are_killed_at_any_instant_are_completed_by_the_next(
    delivered: Path, first: Path, due: Path, second: Path, again: bool
) -> None:
    start, end = (due, second) if again else (delivered, first)
    chance, killed, tries = random.Random(7), 0, 0
    while killed < KILLS:
        if tries % 10 == 0:
            seconds = seconds_of(start)  # the machine may be busier than it was
        # Nothing is stored while the libraries load, the first third.
        at = seconds * chance.uniform(1 / 3, 1)
        killed += killed_and_completed(start, end, lambda _, passed, at=at: passed > at)
        tries += 1
        assert tries <= 3 * KILLS, f"of {tries} runs only {killed} were still running when they were to be killed"
