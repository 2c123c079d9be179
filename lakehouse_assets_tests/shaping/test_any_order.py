"""Merge and history against plain Python: deliveries in any order, and some of them again, give the same rows."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lakehouse_assets.declare.targets import range_of, target_of
from lakehouse_assets.publish.judge import judge
from lakehouse_assets_tests.given import frame, rows
from lakehouse_assets_tests.shaping.observed import (
    DELIVERED,
    Row,
    days,
    deliveries,
    expected_price,
    expected_versions,
    full_lists,
    key_of,
    price,
    prices,
)

if TYPE_CHECKING:
    from random import Random

    from pyspark.sql import SparkSession

    from lakehouse_assets.declare import Table
    from lakehouse_assets.settings import Settings

# Each example is 25 cases in one frame; shrinking them would take minutes, and one case tells enough.
few = settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
cases = st.lists(deliveries(), min_size=25, max_size=25)
randoms = st.randoms(use_true_random=False)


def in_order(files: list[list[Row]]) -> list[Row]:
    return [row for file in files for row in file]


def shuffled_and_again(files: list[list[Row]], random: Random) -> list[Row]:
    """The files in another order, some of them delivered a second time; rows of no key or time only once."""
    mixed = random.sample(files, len(files))
    again = [row for file in random.sample(files, len(files) // 2) for row in file if key_of(row) and row["valid_from"]]
    return [*in_order(mixed), *again]


def made_of(table: Table, spark: SparkSession, given: list[list[Row]]) -> list[list[Row]]:
    """What the table makes of each case, computed in one frame."""
    found: dict[int, list[Row]] = defaultdict(list)
    everything = [row | {"case": case} for case, rows_ in enumerate(given) for row in rows_]
    for row in rows(table(frame(spark, DELIVERED, everything))):
        found[row.pop("case")].append(row)
    return [days(found[case]) for case in range(len(given))]


@few
@given(cases, randoms)
def test_a_merged_table_holds_the_latest_row_of_each_key_in_whatever_order_it_came(
    spark: SparkSession, cases: list[list[list[Row]]], random: Random
) -> None:
    expected = [days(expected_price(in_order(files))) for files in cases]
    given = [in_order(files) for files in cases] + [shuffled_and_again(files, random) for files in cases]
    assert made_of(price, spark, given) == expected + expected


@few
@given(cases, randoms)
def test_a_history_holds_every_version_in_whatever_order_it_came(
    spark: SparkSession, cases: list[list[list[Row]]], random: Random
) -> None:
    expected = [days(expected_versions(in_order(files), None)) for files in cases]
    given = [in_order(files) for files in cases] + [shuffled_and_again(files, random) for files in cases]
    made = made_of(prices, spark, given)
    assert made == expected + expected
    for versions in made:
        assert_sound(versions, ended=False)


@few
@given(cases, randoms)
def test_of_full_lists_a_key_that_is_left_out_has_ended_in_whatever_order_they_came(
    spark: SparkSession, cases: list[list[list[Row]]], random: Random
) -> None:
    # The lists of a table are of all its keys, so here the cases share their times.
    whole = [r for files in cases for r in in_order(files) if key_of(r) is not None and r["valid_from"]]
    times = sorted({row["valid_from"] for row in whole})
    expected = [days(expected_versions(in_order(files), times)) for files in cases]
    for delivered in ([in_order(files) for files in cases], [shuffled_and_again(files, random) for files in cases]):
        made = made_of(full_lists, spark, delivered)
        assert made == expected
        for versions in made:
            assert_sound(versions, ended=True)


def assert_sound(versions: list[Row], *, ended: bool) -> None:
    """Versions of a key follow one another and the last alone is current, unless its key may have ended."""
    by_key: dict[int, list[Row]] = defaultdict(list)
    for version in versions:
        if (key := key_of(version)) is not None and version["valid_from"] is not None:
            by_key[key].append(version)
    for of_key in by_key.values():
        of_key.sort(key=lambda version: version["valid_from"])
        for before, after in pairwise(of_key):
            assert before["valid_from"] < before["valid_to"] <= after["valid_from"]
            assert ended or before["valid_to"] == after["valid_from"]
            assert not before["is_current"]
        assert of_key[-1]["is_current"] == (of_key[-1]["valid_to"] is None)
        assert ended or of_key[-1]["is_current"]


@settings(few, max_examples=3)
@given(cases)
def test_every_key_delivered_is_published_or_in_quarantine(
    spark: SparkSession, lake: Settings, cases: list[list[list[Row]]]
) -> None:
    """Rows without key or time one by one, and of every other observation the version that it is of."""
    given = [row | {"case": case} for case, files in enumerate(cases) for row in in_order(files)]
    target, range_ = target_of(prices, lake), range_of(prices)
    staged = judge(prices(frame(spark, DELIVERED, given)), target, range_)
    expected = [version for files in cases for version in expected_versions(in_order(files), None)]
    bad = [v for v in expected if key_of(v) is None or v["valid_from"] is None or (v["price"] or 0) < 0]
    total = staged.judgement.total
    assert (total.delivered, total.quarantined) == (len(expected), len(bad))
    assert total.failures["id__not_null"] == sum(key_of(version) is None for version in expected)
    assert total.failures["unique__case__id__valid_from"] == 0
