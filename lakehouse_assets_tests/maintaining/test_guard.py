"""A vacuum keeps what readers, runs and change feeds may need, unless somebody answers for it by name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.errors import GuardError
from lakehouse_assets.maintaining.guard import Override, Retention, retention
from lakehouse_assets.policies.maintenance import Maintenance

POLICY = Maintenance(keep_days=7, feed_days=30, longest_run_hours=24)
DAY = timedelta(days=1)
ANN = Override("ann", "the disk is full")


def test_files_are_kept_as_the_policy_says_and_longer_where_the_table_has_a_change_feed() -> None:
    assert retention(POLICY, feed=False) == Retention(7 * DAY, DAY)
    assert retention(POLICY, feed=True) == Retention(30 * DAY, DAY)


def test_to_keep_longer_needs_nobody() -> None:
    assert retention(POLICY, feed=True, asked=31 * DAY) == Retention(31 * DAY, DAY)


@pytest.mark.parametrize("override", [None, Override("ann", ""), Override("ann", "  ")])
def test_to_keep_less_needs_somebody_who_says_why(override: Override | None) -> None:
    with pytest.raises(GuardError, match="a retention of 1 hours is below the table's guard of 168 hours"):
        retention(POLICY, feed=False, asked=timedelta(hours=1), override=override)
    with pytest.raises(GuardError, match="change data feed"):
        retention(POLICY, feed=True, asked=8 * DAY, override=override)


@given(hours=st.floats(0, 2_000), feed=st.booleans())
def test_whatever_is_asked_for_staged_files_of_a_run_are_kept_and_less_is_never_kept_in_silence(
    hours: float, feed: bool
) -> None:
    asked = timedelta(hours=hours)
    found = retention(POLICY, feed=feed, asked=asked, override=ANN)
    assert found.staged == DAY
    assert found.keep == asked
    assert (found.override is not None) == (asked < (30 * DAY if feed else 7 * DAY))
