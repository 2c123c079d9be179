"""What goes alone gets no neighbour in its backfill, and nothing is asked for before what it reads."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.operate.backfill.chunks import Chunk
from lakehouse_assets.operate.backfill.lanes import lanes
from lakehouse_assets.operate.plan import select

DAYS = tuple(f"2017-01-{day:02}" for day in range(1, 11))
DAILY = select(("bronze/transactions", "silver/transactions"))
PRODUCTS = Chunk(select(("bronze/products", "silver/products")), ())
WEEK = Chunk(select(("gold/product_performance",)), ("2016-12-26", "2017-01-02"))


def days(*ranges: tuple[int, int]) -> list[Chunk]:
    """Runs of the daily tables over these days, of which one that is for a single day goes alone."""
    return [Chunk(DAILY, DAYS[first : last + 1], alone=first == last) for first, last in ranges]


def test_where_nothing_goes_alone_all_runs_are_one_backfill() -> None:
    plan = (PRODUCTS, *days((0, 4), (5, 9)), WEEK)
    assert lanes(plan) == lanes(lanes(plan).now[0])
    assert (len(lanes(plan).now), lanes(plan).wait) == (1, ())
    assert lanes([]).now == ()


def test_neighbours_of_what_goes_alone_are_in_another_backfill_and_a_week_waits_for_both() -> None:
    before, first, second, after = days((0, 2), (3, 3), (4, 4), (5, 9))
    found = lanes((before, first, second, after, WEEK))
    assert found.now == ((before, second), (first, after))
    assert found.wait == (WEEK,)


def test_days_that_read_a_table_of_this_backfill_do_not_go_before_it() -> None:
    first, second = days((3, 3), (4, 4))
    assert lanes((PRODUCTS, first, second, WEEK)).now == ((PRODUCTS, first),)
    assert lanes((PRODUCTS, first, second, WEEK)).wait == (second, WEEK)


def test_one_that_goes_alone_and_has_no_neighbour_needs_no_second_backfill() -> None:
    plan = (*days((0, 2), (5, 5), (7, 9)), WEEK)
    assert lanes(plan).now == (plan,)


@given(st.sets(st.integers(0, 9), min_size=1), st.sets(st.integers(1, 9)))
def test_no_two_that_touch_share_a_backfill_if_one_of_them_goes_alone(due: set[int], cuts: set[int]) -> None:
    runs = [Chunk(DAILY, (DAYS[day],), alone=day in cuts) for day in sorted(due)]
    found = lanes(runs)
    assert sorted(chunk.keys for lane in found.now for chunk in lane) == sorted(chunk.keys for chunk in runs)
    for lane in found.now:
        for one, other in pairwise(lane):
            touching = DAYS.index(one.keys[0]) + 1 == DAYS.index(other.keys[0])
            assert not (touching and (one.alone or other.alone))
