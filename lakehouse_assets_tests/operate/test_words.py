"""Numbers, sizes and times as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from lakehouse_assets.operate import words

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.count(999_999), "999,999"),
        (words.count(45_870_000), "45.87 M"),
        (words.size(999), "999 B"),
        (words.size(19_770_689), "19.8 MB"),
        (words.size(2.5e12), "2.5 TB"),
        (words.seconds(0.0341), "0.03 s"),
        (words.seconds(89), "89 s"),
        (words.seconds(90), "1.5 min"),
        (words.seconds(7200), "2.0 h"),
        (words.money(None), "\N{EN DASH}"),
        (words.money(0), "0.00"),
        (words.money(1234.5), "1,234.50"),
        (words.money(0.0036), "0.0036"),
        (words.money(0.00001), "< 0.0001"),
        (words.some(1, "row"), "1 row"),
        (words.some(1200, "row"), "1,200 rows"),
        (words.ago(None, NOW), "never"),
        (words.ago(NOW - timedelta(minutes=5), NOW), "5 min ago"),
        (words.ago(NOW + timedelta(minutes=5), NOW), "0 min ago"),  # a store's clock may be ahead
        (words.span(timedelta(hours=27)), "27 h"),
        (words.span(timedelta(days=3)), "3 days"),
    ],
)
def test_a_number_is_said_so(said: str, expected: str) -> None:
    assert said == expected
