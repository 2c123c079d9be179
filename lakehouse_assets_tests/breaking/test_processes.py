"""Real processes that make one table at the same time: nothing is lost, nothing is there twice."""

from __future__ import annotations

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
    process,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lakehouse_assets.settings import Settings


def together(
    lake: Settings, work: Callable[..., None], each: Sequence[Sequence[str]], compacted: Sequence[str] = ()
) -> dict[int, str]:
    """What became of processes that started at one moment, each with its partitions, while others compact."""
    start, results, stop = PROCESSES.Barrier(len(each) + len(compacted)), PROCESSES.Queue(), PROCESSES.Event()
    workers = [process(work, lake, days, start, results, n) for n, days in enumerate(each)]
    beside = [process(compact, url, start, stop, results, -1 - n) for n, url in enumerate(compacted)]
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
    any_lake: Settings,
) -> None:
    deliver_days(any_lake)
    outcomes = together(any_lake, load_together, [[day] for day in DAYS])
    assert Counter(outcomes.values()) == {"done": 8}
    assert seen(Visits, any_lake) == undisturbed(any_lake, DAYS)
    assert DeltaTable(any_lake.table_url("bronze", "visits")).version() == 7  # one commit each


def test_the_same_processes_succeed_over_what_another_version_of_the_deliveries_left(any_lake: Settings) -> None:
    deliver_days(any_lake)
    make(Visits, any_lake, no_engine, DAYS)
    deliver_days(any_lake, version=2)
    assert Counter(together(any_lake, load_together, [[day] for day in DAYS]).values()) == {"done": 8}
    assert seen(Visits, any_lake) == undisturbed(any_lake, DAYS, 2)


@pytest.mark.parametrize("processes", [2, 8])
@pytest.mark.parametrize("first", [True, False], ids=["a table that is not there", "a table that is"])
def test_processes_that_make_the_same_partitions_end_well_or_in_conflict_and_the_rows_are_there_once(
    any_lake: Settings, processes: int, first: bool
) -> None:
    deliver_days(any_lake)
    if not first:
        make(Visits, any_lake, no_engine, DAYS)
        deliver_days(any_lake, version=2)
    outcomes = Counter(together(any_lake, load_together, [DAYS[:2]] * processes).values())
    assert set(outcomes) <= {"done", "conflict"}
    assert outcomes["done"] >= 1
    assert seen(Visits, any_lake, DAYS[:2]) == undisturbed(any_lake, DAYS[:2], 1 if first else 2)


def test_processes_that_compact_table_and_quarantine_while_others_publish_change_no_row(any_lake: Settings) -> None:
    deliver_days(any_lake)
    make(Visits, any_lake, no_engine, DAYS)
    deliver_days(any_lake, version=2)
    urls = [any_lake.table_url("bronze", "visits"), any_lake.quarantine_url("bronze", "visits")]
    outcomes = together(any_lake, load_one_by_one, [DAYS[:3], DAYS[3:6], DAYS[6:]], urls)
    assert all(outcomes[n] in ("done", "conflict") for n in range(3)), outcomes
    for day in DAYS:  # what gave way to compaction is made by the next run
        make(Visits, any_lake, no_engine, [day])
    assert seen(Visits, any_lake) == undisturbed(any_lake, DAYS, 2)


def test_a_load_that_was_prepared_before_a_compaction_keeps_the_rows_of_the_files_that_stay(any_lake: Settings) -> None:
    from lakehouse_assets.declare.targets import range_of
    from lakehouse_assets.errors import ConflictError
    from lakehouse_assets.making import prepare
    from lakehouse_assets.publish.publication import publish

    deliver_days(any_lake)
    make(Visits, any_lake, no_engine, DAYS)
    deliver_days(any_lake, version=2)
    prepared = prepare(Visits, any_lake, range_of(Visits, DAYS[:1]), {}, "late")
    before = seen(Visits, any_lake)
    DeltaTable(any_lake.table_url("bronze", "visits")).optimize.compact()
    assert prepared.judged is not None
    with pytest.raises(ConflictError):
        publish(prepared.judged, prepared.origin)
    assert seen(Visits, any_lake) == before
    make(Visits, any_lake, no_engine, DAYS)
    assert seen(Visits, any_lake) == undisturbed(any_lake, DAYS, 2)
