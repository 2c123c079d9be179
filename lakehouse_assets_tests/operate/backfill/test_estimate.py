"""What an estimate is worth: it repeats what past runs took, and says where there were none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.bronze.transactions import Transactions
from lakehouse_assets.operate.backfill.chunks import Chunk
from lakehouse_assets.operate.backfill.estimate import START_SECONDS, Past, estimate, fit
from lakehouse_assets.silver.transactions import transactions

DAYS = tuple(f"2017-01-{day:02}" for day in range(1, 11))
BOTH = Chunk((Transactions, transactions), DAYS)


@given(st.floats(0, 100), st.floats(0, 10), st.sets(st.integers(1, 400), min_size=2, max_size=5))
def test_runs_of_several_sizes_tell_fixed_time_from_time_for_each_partition(
    fixed: float, each: float, sizes: set[int]
) -> None:
    found = fit([Past(size, size, fixed + size * each) for size in sizes])
    assert found == pytest.approx((fixed, each), abs=1e-5)


@given(st.lists(st.builds(Past, st.integers(1, 400), st.integers(0, 10**9), st.floats(0, 10**4)), min_size=1))
def test_no_past_makes_anything_take_less_than_nothing(past: list[Past]) -> None:
    fixed, each = fit(past)
    assert fixed >= 0
    assert each >= 0


def test_rows_and_seconds_are_those_of_past_runs_and_each_run_starts_a_process() -> None:
    past = {Transactions.id: [Past(100, 5_000, 20.0)], transactions.id: [Past(10, 400, 30.0)]}
    found = estimate([BOTH, BOTH], past, rate_per_hour=3600.0)
    assert found.rows == 2 * (10 * 50 + 10 * 40)
    assert found.seconds == pytest.approx(2 * (2.0 + 30.0 + START_SECONDS))
    assert found.cost == pytest.approx(found.seconds)
    assert found.unknown == ()


def test_a_table_without_a_past_run_is_named_and_not_counted() -> None:
    found = estimate([BOTH], {Transactions.id: [Past(1, 7, 0.0)]})
    assert found.unknown == (transactions.id,)
    assert (found.rows, found.seconds, found.cost) == (70, START_SECONDS, None)
