"""What a store deletes and moves by itself never touches what a table still needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.policies.retention import AREAS, CLASSES, Retention, superseded_days


def test_where_tables_lie_nothing_expires_by_age() -> None:
    with pytest.raises(DeclarationError, match="cannot expire objects by age"):
        Retention(superseded_days=30, expire_after_days=365)


def test_nothing_that_was_delivered_expires() -> None:
    assert AREAS["landing"].expire_after_days is None


def test_tiers_closer_than_stores_take_are_refused() -> None:
    with pytest.raises(DeclarationError, match=r"tiers at the ages \[90, 100\] in days"):
        Retention(superseded_days=30, cool_after_days=90, cold_after_days=100)


def test_what_is_superseded_stays_a_day_at_least() -> None:
    with pytest.raises(DeclarationError, match="superseded_days is 0"):
        Retention(superseded_days=0)


@given(area=st.sampled_from(sorted(AREAS)), table_class=st.sampled_from(sorted(CLASSES)))
def test_a_class_only_shortens_what_its_area_says(area: str, table_class: str) -> None:
    assert 1 <= superseded_days(area, table_class) <= AREAS[area].superseded_days


def test_deleted_rows_about_people_are_gone_within_a_week_of_the_vacuum() -> None:
    assert {superseded_days(area, "personal") for area in ("bronze", "silver", "gold", "quarantine")} == {7}
