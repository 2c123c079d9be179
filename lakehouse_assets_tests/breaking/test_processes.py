"""Real processes that make one table at the same time: nothing is lost, nothing is there twice."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable

from lakehouse_assets.making import make
from lakehouse_assets_tests.breaking.tables import DAYS, Visits, deliver_days, no_engine, seen, undisturbed
from lakehouse_assets_tests.breaking.workers import (
    PROCESSES,
    SECONDS,
    compact,
    load_one_by_one,
    load_together,
    maintain,
    process,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lakehouse_assets.settings import Settings


@pytest.fixture(params=["disk", "s3", "adls", pytest.param("cluster", marks=pytest.mark.cluster)])
def home(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty lake wherever one can lie, for the embedded engine; and one in S3 for clients of one cluster."""
    if request.param != "cluster":
        return request.getfixturevalue("lake" if request.param == "disk" else f"{request.param}_lake")
    settings = request.getfixturevalue("s3_lake")
    monkeypatch.setenv("SPARK_REMOTE", request.getfixturevalue("cluster").remote)
    return dataclasses.replace(settings, engine="spark")


def together(
    lake: Settings,
    work: Callable[..., None],
    each: Sequence[Sequence[str]],
    compacted: Sequence[str] = (),
    by: Callable[..., None] = compact,
) -> dict[int, str]:
    """What became of processes that started at one moment, each with its partitions, while others compact."""
    start, results, stop = PROCESSES.Barrier(len(each) + len(compacted)), PROCESSES.Queue(), PROCESSES.Event()
    workers = [process(work, lake, days, start, results, n) for n, days in enumerate(each)]
    beside = [process(by, lake, url, start, stop, results, -1 - n) for n, url in enumerate(compacted)]
    for one in (*workers, *beside):
        one.start()
    outcomes: dict[int, Any] = dict(results.get(timeout=SECONDS) for _ in workers)
    stop.set()
    outcomes |= dict(results.get(timeout=SECONDS) for _ in beside)
    for one in (*workers, *beside):
        one.join(SECONDS)
        assert one.exitcode == 0
    return outcomes


def test_eight_processes_that_make_their_own_partitions_of_a_table_that_is_not_there_yet_all_succeed(
    home: Settings,
) -> None:
    deliver_days(home)
    outcomes = together(home, load_together, [[day] for day in DAYS])
    assert Counter(outcomes.values()) == {"done": 8}
    assert seen(Visits, home) == undisturbed(home, DAYS)
    assert DeltaTable(home.table_url("bronze", "visits")).version() == 7  # one commit each


def test_the_same_processes_succeed_over_what_another_version_of_the_deliveries_left(home: Settings) -> None:
    deliver_days(home)
    make(Visits, home, no_engine, DAYS)
    deliver_days(home, version=2)
    assert Counter(together(home, load_together, [[day] for day in DAYS]).values()) == {"done": 8}
    assert seen(Visits, home) == undisturbed(home, DAYS, 2)


@pytest.mark.parametrize("processes", [2, 8])
@pytest.mark.parametrize("first", [True, False], ids=["a table that is not there", "a table that is"])
def test_processes_that_make_the_same_partitions_end_well_or_in_conflict_and_the_rows_are_there_once(
    home: Settings, processes: int, first: bool
) -> None:
    deliver_days(home)
    if not first:
        make(Visits, home, no_engine, DAYS)
        deliver_days(home, version=2)
    outcomes = Counter(together(home, load_together, [DAYS[:2]] * processes).values())
    assert set(outcomes) <= {"done", "conflict"}
    assert outcomes["done"] >= 1
    assert seen(Visits, home, DAYS[:2]) == undisturbed(home, DAYS[:2], 1 if first else 2)


@pytest.mark.parametrize("by", [compact, maintain], ids=["by another tool", "by the engine"])
def test_processes_that_compact_table_and_quarantine_while_others_publish_change_no_row(
    home: Settings, by: Callable[..., None]
) -> None:
    deliver_days(home)
    make(Visits, home, no_engine, DAYS)
    deliver_days(home, version=2)
    urls = [home.table_url("bronze", "visits"), home.quarantine_url("bronze", "visits")]
    outcomes = together(home, load_one_by_one, [DAYS[:3], DAYS[3:6], DAYS[6:]], urls, by)
    assert all(outcomes[n] in ("done", "conflict") for n in range(3)), outcomes
    assert all(outcomes[n].startswith("compacted") for n in (-1, -2)), outcomes
    for day in DAYS:  # what gave way to compaction is made by the next run
        make(Visits, home, no_engine, [day])
    assert seen(Visits, home) == undisturbed(home, DAYS, 2)
    assert engines_that_committed(urls[0]) == {"delta-rs"}, "in S3 another one's commit replaces what it meets"


def engines_that_committed(url: str) -> set[str]:
    return {commit["engineInfo"].split(":")[0] for commit in DeltaTable(url).history()}


def test_a_load_that_was_prepared_before_a_compaction_keeps_the_rows_of_the_files_that_stay(home: Settings) -> None:
    from lakehouse_assets.declare.targets import range_of
    from lakehouse_assets.errors import ConflictError
    from lakehouse_assets.making import prepare
    from lakehouse_assets.publish.publication import publish

    deliver_days(home)
    make(Visits, home, no_engine, DAYS)
    deliver_days(home, version=2)
    prepared = prepare(Visits, home, range_of(Visits, DAYS[:1]), {}, "late")
    before = seen(Visits, home)
    DeltaTable(home.table_url("bronze", "visits")).optimize.compact()
    assert prepared.judged is not None
    with pytest.raises(ConflictError):
        publish(prepared.judged, prepared.origin)
    assert seen(Visits, home) == before
    make(Visits, home, no_engine, DAYS)
    assert seen(Visits, home) == undisturbed(home, DAYS, 2)
