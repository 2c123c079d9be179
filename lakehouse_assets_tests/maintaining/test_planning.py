"""What is due by figures and policy, worst first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lakehouse_assets.maintaining.figures import Figures
from lakehouse_assets.maintaining.planning import Task, plan, vacuum_task
from lakehouse_assets.maintaining.scoring import Piece
from lakehouse_assets.policies.maintenance import Maintenance

NOW = datetime(2017, 6, 1, tzinfo=UTC)
POLICY = Maintenance(small_file_score=4, file_mb=1, cluster_by=("id",), log_days=30, checkpoint_commits=10)
MB = 1_000_000


def figures(*pieces: Piece, **options: Any) -> Figures:
    commits = {version: NOW - timedelta(days=10 - version) for version in range(11)}
    return Figures(**{"url": "t", "version": 10, "pieces": pieces, "commits": commits, "checkpoint": 5, **options})


def small(slot: str, count: int) -> list[Piece]:
    return [Piece(f"{slot}-{n}", slot, 1_000, clustered=True) for n in range(count)]


def due(found: Figures, **options: Any) -> dict[str, Task]:
    tasks = plan(found, POLICY, options.pop("wanted", {}), options.pop("now", NOW), **options)
    return {task.kind: task for task in tasks}


def test_nothing_is_due_of_a_table_in_good_health() -> None:
    assert due(figures(*small("a", 3), Piece("b", "b", 5 * MB, clustered=True))) == {}


def test_partitions_with_many_small_files_are_joined_worst_first() -> None:
    task = due(figures(*small("a", 4), *small("b", 12), *small("c", 3)))["compact"]
    assert task.slots == ("b", "a")
    assert task.urgency == 3
    assert task.why == "up to 12 small files for one, in 2 partitions; due from 4"


def test_partitions_whose_rows_came_since_are_put_together_and_not_joined_beside() -> None:
    loose = [Piece(f"n{n}", "a", MB // 4) for n in range(8)]
    found = due(figures(*loose, Piece("o", "b", 9 * MB, clustered=True), Piece("p", "b", MB)))
    assert found["cluster"].slots == ("a",)
    assert "compact" not in found


def test_tasks_come_worst_first() -> None:
    found = figures(*small("a", 40), version=30, checkpoint=5)
    tasks = plan(found, POLICY, {"delta.x": "1"}, NOW)
    assert [task.kind for task in tasks] == ["compact", "checkpoint", "properties"]
    assert [task.urgency for task in tasks] == [10, 2.5, 1]


def test_files_without_statistics_get_some() -> None:
    found = due(figures(Piece("a", "", 10, clustered=True, with_statistics=False), *small("", 1)))
    assert found["statistics"].urgency == 1.5


def test_properties_that_are_as_declared_are_no_task() -> None:
    found = figures(properties={"delta.a": "1", "other": "x"})
    assert due(found, wanted={"delta.a": "1"}) == {}
    assert due(found, wanted={"delta.a": "2", "delta.b": "3"})["properties"].why == "not as declared: a, b"


def test_a_log_is_cleaned_of_what_is_too_old_but_never_past_a_version_that_is_held() -> None:
    later = NOW + timedelta(days=25)  # versions 0 to 4 are older than 30 days
    assert due(figures(), now=later)["clean log"].why == "5 commits are older than 30 days"
    assert "clean log" in due(figures(), now=later, held=[5])
    assert "clean log" not in due(figures(), now=later, held=[4])
    assert "clean log" not in due(figures(version=0), now=later), "the present version is never too old"


def test_what_can_be_deleted_is_always_due_and_worse_the_more_it_is() -> None:
    found = figures(Piece("a", "", 100))
    assert vacuum_task(0, 0, found) is None
    less, more = vacuum_task(1, 50, found), vacuum_task(1, 500, found)
    assert less is not None
    assert more is not None
    assert 1 < less.urgency < more.urgency
