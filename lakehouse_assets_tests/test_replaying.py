"""Rows that a bronze table rejected are read again when somebody says why; the table's history keeps who and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.history import history
from lakehouse_assets.replaying import Reason, ReasonError, replay_table
from lakehouse_assets_tests.ingest.visits import DAY, Visits, deliver, no_engine, people, publish_days, rejected

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

OTHER = "2017-01-02"
WHY = Reason("ann", "the sender repaired it")


@pytest.fixture
def loaded(lake: Settings) -> Settings:
    """Two days, each with a line that cannot be read."""
    for day in (DAY, OTHER):
        deliver(lake, day, "a.csv", "store,who\n1,bob\n1,2,3\n" + "2,cid\n" * 50)
    publish_days(lake, DAY, OTHER)
    assert len(rejected(lake)) == 2
    return lake


def test_where_nothing_passes_nothing_is_published(loaded: Settings) -> None:
    done = replay_table(Visits, loaded, no_engine, None, WHY)
    assert (done.passed, done.stayed, done.publication) == (0, 2, None)
    assert Lake(loaded).version(Visits) == 0
    assert len(rejected(loaded)) == 2


def test_what_passes_is_published_with_who_and_why_and_the_rest_stays(loaded: Settings) -> None:
    deliver(loaded, DAY, "a.csv", "store,who\n1,bob\n1,eve\n" + "2,cid\n" * 50)
    done = replay_table(Visits, loaded, no_engine, None, WHY, run_id="again")
    assert (done.passed, done.stayed) == (1, 1)
    assert "eve" in [who for who, _ in people(loaded)]
    last = max(history(Visits, loaded), key=lambda version: version.number)
    told = {name: last.told[name] for name in ("who", "why", "replayed", "stayed", "run_id")}
    assert told == {"who": "ann", "why": WHY.why, "replayed": 1, "stayed": 1, "run_id": "again"}
    assert Lake(loaded).stale(Visits, (DAY, OTHER)) == []


def test_files_that_were_sent_anew_with_as_many_rows_and_new_ones_without_any_are_held_after_a_replay(
    loaded: Settings,
) -> None:
    deliver(loaded, DAY, "a.csv", "store,who\n1,eve\n1,2,3\n" + "2,cid\n" * 50)
    deliver(loaded, OTHER, "empty.csv", "store,who\n")
    done = replay_table(Visits, loaded, no_engine, None, WHY)
    assert (done.passed, done.stayed) == (0, 2)
    assert {"eve", "bob"} <= {who for who, _ in people(loaded)}
    assert Lake(loaded).stale(Visits, (DAY, OTHER)) == [], "a load finds nothing left to do"
    version = Lake(loaded).version(Visits)
    assert replay_table(Visits, loaded, no_engine, None, WHY).publication is None
    assert Lake(loaded).version(Visits) == version


def test_rows_of_a_partition_whose_file_is_gone_stay_and_are_not_told_as_passed(loaded: Settings) -> None:
    Path(loaded.landing, "visits", OTHER, "a.csv").unlink()
    deliver(loaded, DAY, "a.csv", "store,who\n1,bob\n1,eve\n" + "2,cid\n" * 50)
    done = replay_table(Visits, loaded, no_engine, None, WHY)
    assert (done.passed, done.stayed) == (1, 1)
    assert len(rejected(loaded)) == 1


def test_a_replay_needs_a_reason(loaded: Settings) -> None:
    with pytest.raises(ReasonError, match="no reason was given"):
        replay_table(Visits, loaded, no_engine, None, Reason("ann", " "))
