"""What makes a partition due, and that a compaction makes it no longer due."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.maintaining.scoring import Piece, by_slot, is_small, small_file_score, unclustered_share
from lakehouse_assets.policies.maintenance import LEAST_SCORE, Maintenance

SIZE = 1_000


def test_the_score_is_how_many_small_files_there_are_for_each_that_they_would_be() -> None:
    assert small_file_score([], SIZE) == 0
    assert small_file_score([SIZE, 5 * SIZE], SIZE) == 0
    assert small_file_score([100], SIZE) == 1
    assert small_file_score([100] * 8, SIZE) == 8
    assert small_file_score([500] * 8, SIZE) == 2
    assert small_file_score([SIZE, *[100] * 8], SIZE) == 8, "a large file is no part of it"


@given(st.lists(st.integers(1, 2 * SIZE), max_size=200))
def test_what_was_joined_is_never_due_again_by_itself(sizes: list[int]) -> None:
    small = [size for size in sizes if is_small(size, SIZE)]
    whole, rest = divmod(sum(small), SIZE)
    joined = [size for size in sizes if not is_small(size, SIZE)] + [SIZE] * whole + ([rest] if rest else [])
    assert small_file_score(joined, SIZE) <= 1 < LEAST_SCORE


@given(st.lists(st.integers(1, 2 * SIZE)), st.integers(1, 2 * SIZE))
def test_a_file_more_never_makes_the_files_fewer_for_each(sizes: list[int], size: int) -> None:
    score = small_file_score(sizes, SIZE)
    assert 0 <= score <= max(1, len(sizes))
    if is_small(size, SIZE) and sum(sizes) + size <= SIZE:
        assert small_file_score([*sizes, size], SIZE) == score + 1


def test_only_bytes_that_came_since_count_as_loose_and_none_where_one_file_would_do() -> None:
    old, new = Piece("a", "", 3 * SIZE, clustered=True), Piece("b", "", SIZE)
    assert unclustered_share([old, new], SIZE) == 0.25
    assert unclustered_share([old], SIZE) == 0
    assert unclustered_share([new], SIZE) == 0
    assert unclustered_share([], SIZE) == 0


def test_files_are_told_apart_by_partition() -> None:
    a, b, c = Piece("a", "x", 1), Piece("b", "y", 1), Piece("c", "x", 1)
    assert by_slot([a, b, c]) == {"x": [a, c], "y": [b]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"small_file_score": 2.0},
        {"keep_days": 0},
        {"keep_days": 1, "longest_read_hours": 25},
        {"keep_days": 1, "longest_run_hours": 25},
        {"file_mb": 0},
        {"checkpoint_commits": 0},
        {"log_days": 0},
        {"look_after_versions": 0},
    ],
)
def test_a_policy_that_could_not_be_kept_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(DeclarationError):
        Maintenance(**wrong)
