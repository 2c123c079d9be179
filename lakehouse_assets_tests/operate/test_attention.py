"""What somebody should look at: what was refused is told apart from what was set apart, with its own partition."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.attention import concerns
from lakehouse_assets.operate.state import look
from resources.latest_checks import FailedCheck

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

TABLE, RULE = "silver/transactions", "product_id__in_silver_products"


def failed(day: str, rows: int, severity: str) -> FailedCheck:
    return FailedCheck(TABLE, RULE, day, rows, severity, blocking=True)


def test_a_day_that_was_refused_is_named_beside_days_of_which_the_same_rule_set_rows_apart(lake: Settings) -> None:
    results = [failed("2017-01-03", 1, "WARN"), failed("2017-01-04", 60, "ERROR"), failed("2017-01-05", 2, "WARN")]
    found = [one for one in concerns(look(Lake(lake), results), datetime.now(UTC)) if RULE in one.what]
    assert [(one.level, one.what) for one in found] == [
        ("refused", f"{RULE}: 60 rows in 2017-01-04"),
        ("rejects", f"{RULE}: 3 rows in 2 partitions"),
    ]
