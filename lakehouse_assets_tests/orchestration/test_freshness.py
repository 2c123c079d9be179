"""When tables are late: each by default, or as it says."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import dagster as dg
import pytest

from lakehouse_assets.catalog import tables
from lakehouse_assets.declare import NEVER_LATE, Freshness, silver
from lakehouse_assets.declare.partitions import Calendar
from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.gold.product_performance import ProductPerformance, product_performance
from lakehouse_assets.ingest.load import stage_here
from lakehouse_assets.orchestration.assets import asset_of

GROWING = Calendar("week_start", "weekly", start=date(2016, 12, 26))
pytestmark = pytest.mark.filterwarnings("ignore::dagster.PreviewWarning", "ignore::dagster.BetaWarning")


def policy(**changed: object) -> dg.FreshnessPolicy | None:
    (spec,) = asset_of(dataclasses.replace(product_performance, **changed), stage_here).specs
    return spec.freshness_policy


def test_every_table_has_a_policy() -> None:
    assert [t.id for t in tables().values() if not next(iter(asset_of(t, stage_here).specs)).freshness_policy] == []


def test_a_week_of_gold_is_late_a_day_after_the_next_one_is_over() -> None:
    week = timedelta(days=7)
    assert policy(calendar=GROWING) == dg.FreshnessPolicy.time_window(
        week + timedelta(hours=24), week + timedelta(hours=12)
    )


def test_where_nothing_new_can_come_a_sign_of_life_a_month_is_enough() -> None:
    month = timedelta(days=31)
    for ended in (product_performance.calendar, None):
        assert policy(calendar=ended) == dg.FreshnessPolicy.time_window(
            month + timedelta(hours=24), month + timedelta(hours=12)
        )


def test_the_decorator_says_otherwise() -> None:
    three = timedelta(hours=3)
    assert policy(declared_freshness=Freshness(three)) == dg.FreshnessPolicy.time_window(three)
    assert policy(declared_freshness=NEVER_LATE) is None


@pytest.mark.parametrize(
    "freshness", [Freshness(timedelta(seconds=5)), Freshness(timedelta(hours=1), timedelta(hours=2))]
)
def test_a_policy_that_could_never_be_kept_is_refused(freshness: Freshness) -> None:
    with pytest.raises(DeclarationError, match=r"can never be kept(.|\n)*Remedy"):
        silver(contract=ProductPerformance, freshness=freshness)(product_performance.function)
