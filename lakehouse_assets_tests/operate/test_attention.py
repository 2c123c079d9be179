"""What somebody should look at: what was refused with its own partition, and what lies in quarantine as of now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from dagster import DagsterInstance

from lakehouse_assets.catalog import table
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.attention import concerns
from lakehouse_assets.operate.plan import select
from lakehouse_assets.operate.run import Request, RunFailedError, run
from lakehouse_assets.operate.state import look
from lakehouse_assets.replaying import Reason, drop_rows
from lakehouse_assets_tests.landing import put
from resources.latest_checks import FailedCheck

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

TABLE, RULE, DAY = "bronze/transactions", "record__readable", "2017-01-01"


def failed(day: str, rows: int, severity: str, rule: str = RULE) -> FailedCheck:
    return FailedCheck(TABLE, rule, day, rows, severity, blocking=True)


def seen(lake: Settings, *results: FailedCheck) -> list[tuple[str, str]]:
    found = concerns(look(Lake(lake), results), datetime.now(UTC))
    return [(one.level, one.what) for one in found if "__readable" in one.what]


def test_a_day_that_was_refused_is_named_beside_rows_that_the_same_rule_set_apart_and_dropped_ones_are_not(
    lake: Settings,
) -> None:
    names = ",".join(table(TABLE).schema.names[:11])
    put(lake, f"transactions/{DAY}/a.csv", f"{names}\n" + "1,1,1,1,1,1,1,1,1,1,1\n" * 40 + "too,few\n")
    with DagsterInstance.ephemeral() as instance:
        run(Request(select([TABLE])), lake, instance, say=lambda _: None)
    results = failed(DAY, 1, "WARN"), failed("2017-01-02", 60, "ERROR")
    refused, rejected = ("refused", f"{RULE}: 60 rows in 2017-01-02"), ("rejects", f"{RULE}: 1 row in {DAY}")
    assert seen(lake, *results) == [refused, rejected]
    drop_rows(table(TABLE), lake, None, RULE, Reason("who", "worth nothing"))
    assert seen(lake, *results) == [refused]


def test_a_file_that_refused_a_load_is_named_until_it_is_given_up(lake: Settings) -> None:
    path = put(lake, f"transactions/{DAY}/a.csv", "PAR1 is no text")
    with DagsterInstance.ephemeral() as instance, pytest.raises(RunFailedError):
        run(Request(select([TABLE])), lake, instance, say=lambda _: None)
    refused = failed(DAY, 1, "ERROR", "file__readable")
    path.unlink()
    assert seen(lake, refused) == [("refused", f"file__readable: 1 row in {DAY}")]
    drop_rows(table(TABLE), lake, None, "file__readable", Reason("who", "nobody sends it again"))
    assert seen(lake, refused) == []
