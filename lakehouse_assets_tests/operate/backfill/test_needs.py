"""What a backfill has to make, why each partition, and in which runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.backfill.chunks import chunks
from lakehouse_assets.operate.backfill.needs import Reason, needs
from lakehouse_assets.operate.backfill.plan import wanted
from lakehouse_assets.operate.plan import select
from lakehouse_assets.policies.backfill import Backfill
from lakehouse_assets_tests.test_lake import DAYS, NEW_YEAR, SECOND, THIRD, deliver, make

if TYPE_CHECKING:
    from lakehouse_assets.operate.backfill.needs import Needs
    from lakehouse_assets.settings import Settings

DAILY = ("bronze/transactions", "silver/transactions", "gold/daily_store_sales")
SALES = (*DAILY, "gold/product_performance")
FAILED, MISSING, CODE, INPUT, FORCED = Reason


@pytest.fixture
def made(lake: Settings) -> Settings:
    """Three days up to gold, and the products."""
    for day in DAYS:
        deliver(lake, f"transactions/{day}/till.csv")
    deliver(lake, "products/products.parquet")
    make(lake, "bronze/products")
    make(lake, "silver/products")
    for name in DAILY:
        make(lake, name, *DAYS)
    return lake


def needed(lake: Settings, *names: str, first: str | None = None, last: str | None = None, **how: object) -> Needs:
    tables = select(names or DAILY)
    return needs(tables, wanted(tables, first, last), Lake(lake), **how)  # type: ignore[arg-type]


def test_nothing_is_needed_of_what_is_good_and_it_is_counted(made: Settings) -> None:
    found = needed(made)
    assert found.by_table == {}
    assert found.good == dict.fromkeys(DAILY, 3)


def test_what_was_never_published_is_missing_up_to_gold_before_bronze_is_made(lake: Settings) -> None:
    deliver(lake, f"transactions/{SECOND}/till.csv")
    deliver(lake, "products/products.parquet")
    found = needed(lake, "bronze/products", "silver/products", *DAILY).by_table
    assert {table: dict(slots) for table, slots in found.items()} == {
        "bronze/products": {"": MISSING},
        "silver/products": {"": MISSING},
        **{table: {SECOND: MISSING} for table in DAILY},
    }


def test_what_reads_something_that_is_neither_there_nor_planned_is_not_planned(lake: Settings) -> None:
    deliver(lake, f"transactions/{SECOND}/till.csv")
    assert set(needed(lake).by_table) == {"bronze/transactions"}  # the products are missing


def test_a_changed_delivery_makes_its_day_and_all_above_it_stale_by_input_and_no_other(made: Settings) -> None:
    deliver(made, f"transactions/{SECOND}/till.csv", "household_id\n1\n2\n")
    found = needed(made)
    assert {table: dict(slots) for table, slots in found.by_table.items()} == {t: {SECOND: INPUT} for t in DAILY}
    assert found.good == dict.fromkeys(DAILY, 2)


def test_a_week_is_needed_when_one_of_its_days_is(made: Settings) -> None:
    make(made, "gold/product_performance", "2016-12-26", "2017-01-02")
    deliver(made, f"transactions/{NEW_YEAR}/till.csv", "household_id\n1\n2\n")
    weeks = needed(made, *SALES, first=NEW_YEAR, last="2017-01-08").by_table["gold/product_performance"]
    assert dict(weeks) == {"2016-12-26": INPUT}


def test_days_that_were_not_asked_for_are_left_alone(made: Settings) -> None:
    for day in DAYS:
        deliver(made, f"transactions/{day}/till.csv", "household_id\n1\n2\n")
    found = needed(made, first=SECOND, last=SECOND).by_table
    assert all(set(slots) == {SECOND} for slots in found.values())


def test_other_code_is_told_from_other_input(made: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    silver = find_table("silver/transactions")
    before = silver.code_version
    monkeypatch.setitem(silver.__dict__, "code_version", "other")
    deliver(made, f"transactions/{THIRD}/till.csv", "household_id\n1\n2\n")
    make(made, "bronze/transactions", THIRD)
    found = needed(made, earlier_code={silver.id: {before, "older"}}).by_table
    assert dict(found[silver.id]) == {NEW_YEAR: CODE, SECOND: CODE, THIRD: INPUT}
    assert set(found["gold/daily_store_sales"].values()) == {INPUT}


def test_other_code_of_a_bronze_table_is_told_too(made: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    bronze = find_table("bronze/transactions")
    before = bronze.code_version
    monkeypatch.setitem(bronze.__dict__, "code_version", "other")
    assert set(needed(made, earlier_code={bronze.id: {before}}).by_table[bronze.id].values()) == {CODE}


def test_a_stale_partition_whose_last_run_failed_says_so_and_a_good_one_does_not(made: Settings) -> None:
    deliver(made, f"transactions/{SECOND}/till.csv", "household_id\n1\n2\n")
    found = needed(made, failed={"bronze/transactions": {SECOND, THIRD}}).by_table
    assert dict(found["bronze/transactions"]) == {SECOND: FAILED}


def test_good_partitions_are_made_again_only_by_force(made: Settings) -> None:
    found = needed(made, force=True)
    assert {table: dict(slots) for table, slots in found.by_table.items()} == {
        table: dict.fromkeys(DAYS, FORCED) for table in DAILY
    }


def test_what_is_written_once_is_not_made_again_by_force(made: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from lakehouse_assets.declare.write import AppendOnce

    monkeypatch.setitem(find_table("gold/daily_store_sales").__dict__, "write", AppendOnce())
    assert "gold/daily_store_sales" not in needed(made, force=True).by_table


def runs(lake: Settings, found: Needs, *names: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    planned = chunks(select(names or DAILY), found.by_table, Lake(lake))
    return [(tuple(table.id for table in chunk.tables), chunk.keys) for chunk in planned]


def test_tables_of_one_calendar_share_a_run_and_weeks_come_after_their_days(made: Settings) -> None:
    found = needed(made, *SALES, force=True, first=NEW_YEAR, last="2017-01-08")
    assert runs(made, found, *SALES) == [
        (DAILY, DAYS),
        (("gold/product_performance",), ("2016-12-26", "2017-01-02")),
    ]


def test_a_good_day_breaks_a_range(made: Settings) -> None:
    for day in (NEW_YEAR, THIRD):
        deliver(made, f"transactions/{day}/till.csv", "household_id\n1\n2\n")
    assert runs(made, needed(made)) == [(DAILY, (NEW_YEAR,)), (DAILY, (THIRD,))]


def test_a_day_that_was_never_delivered_does_not_break_a_range(made: Settings) -> None:
    deliver(made, "transactions/2017-01-06/till.csv")
    deliver(made, "transactions/2017-01-08/till.csv")
    ((_, keys),) = runs(made, needed(made))
    assert keys == ("2017-01-06", "2017-01-07", "2017-01-08")


def test_a_run_makes_at_most_what_the_table_says_the_oldest_first(made: Settings) -> None:
    tables = tuple(dataclasses.replace(table, backfill=Backfill(partitions_per_run=2)) for table in select(DAILY))
    found = needed(made, force=True)
    assert [chunk.keys for chunk in chunks(tables, found.by_table, Lake(made))] == [(NEW_YEAR, SECOND), (THIRD,)]


def test_what_failed_for_good_is_made_by_a_run_of_its_own(made: Settings) -> None:
    found = needed(made, force=True)
    planned = chunks(select(DAILY), found.by_table, Lake(made), alone={"bronze/transactions": {SECOND}})
    assert [(chunk.keys, chunk.alone) for chunk in planned] == [
        ((NEW_YEAR,), False),
        ((SECOND,), True),
        ((THIRD,), False),
    ]


def test_days_that_were_never_delivered_are_no_run_between_two_that_go_alone(made: Settings) -> None:
    for day in ("2017-01-06", "2017-01-08"):
        deliver(made, f"transactions/{day}/till.csv")
    alone = {"bronze/transactions": {"2017-01-06", "2017-01-08"}}
    planned = chunks(select(DAILY), needed(made).by_table, Lake(made), alone)
    assert [chunk.keys for chunk in planned] == [("2017-01-06",), ("2017-01-08",)]


def test_looking_changes_nothing(made: Settings) -> None:
    deliver(made, f"transactions/{SECOND}/late.csv")
    before = {path: path.stat().st_mtime_ns for path in Path(made.root).rglob("*")}
    needed(made)
    assert {path: path.stat().st_mtime_ns for path in Path(made.root).rglob("*")} == before
