"""The whole demo, a year of it, as a user runs it; its figures are read with Polars, which is not ours."""

import json
import os
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from lakehouse_assets_tests.cli.command import LAKEHOUSE


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that `lakehouse demo` has filled."""
    home = tmp_path_factory.mktemp("year")
    done = _demo(home)
    assert done.returncode == 0, done.stdout + done.stderr
    return home


def _demo(home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LAKEHOUSE_HOME": str(home), "COLUMNS": "200"}
    return subprocess.run([LAKEHOUSE, "demo"], env=environment, capture_output=True, text=True, timeout=1200)


def _table(home: Path, name: str) -> pl.LazyFrame:
    return pl.scan_delta(str(home / "lake" / name))


def _rejected(home: Path) -> pl.LazyFrame:
    """The rows in quarantine as they came; in a lake that was filled once, all of them belong to the table."""
    came = pl.Struct({"basket_id": pl.String, "product_id": pl.String, "sales_value": pl.String})
    rows = _table(home, "quarantine/silver_transactions").select(pl.col("_raw").str.json_decode(came)).unnest("_raw")
    return rows.with_columns(pl.col("basket_id", "product_id").cast(pl.Int64))


def _sum(frame: pl.LazyFrame, column: str = "sales_value") -> Decimal:
    return frame.select(pl.col(column).cast(pl.Decimal(18, 2)).sum()).collect().item()


def _rows(frame: pl.LazyFrame) -> int:
    return frame.select(pl.len()).collect().item()


def test_bronze_holds_every_delivered_line_of_365_days(home: Path) -> None:
    bronze = _table(home, "bronze/transactions")
    assert _rows(bronze) == 1_469_307
    assert bronze.select(pl.col("event_date").n_unique()).collect().item() == 365
    assert _rows(_table(home, "bronze/promotions")) == 20_940_529
    assert _rows(_table(home, "bronze/products")) == 92_331


def test_no_line_and_no_cent_is_lost_between_silver_and_its_quarantine(home: Path) -> None:
    accepted, quarantined = _table(home, "silver/transactions"), _rejected(home)
    assert _rows(accepted) + _rows(quarantined) == 1_469_307
    assert _sum(accepted) + _sum(quarantined) == Decimal("4596039.58")
    key = ["basket_id", "product_id"]
    assert _rows(accepted.select(key).join(quarantined.select(key), on=key)) == 0


def test_quarantined_lines_say_why_where_from_and_how_they_came(home: Path) -> None:
    quarantined = _table(home, "quarantine/silver_transactions").collect()
    assert set(quarantined["_failed"].explode()) == {"product_id__in_silver_products"}
    row = quarantined.row(0, named=True)
    assert row["_source_file"].startswith("transactions/2017-")
    bronze = _table(home, "bronze/transactions").filter(
        (pl.col("_source_file") == row["_source_file"]) & (pl.col("_source_row") == row["_source_row"])
    )
    assert json.loads(row["_raw"])["product_id"] == bronze.select("product_id").collect().item()


@pytest.mark.parametrize(("table", "rows"), [("silver/products", 92_331), ("silver/households", 801)])
def test_a_history_begins_with_the_year_and_holds_one_version_of_each_key(home: Path, table: str, rows: int) -> None:
    history = _table(home, table)
    assert _rows(history) == _rows(history.filter("is_current")) == rows
    begins = pl.col("valid_from").dt.date() == date(2017, 1, 1)
    assert _rows(history.filter(begins, pl.col("valid_to").is_null())) == rows


def test_daily_store_sales_and_product_performance_add_up_to_silver(home: Path) -> None:
    silver = _sum(_table(home, "silver/transactions"))
    assert _sum(_table(home, "gold/daily_store_sales")) == silver
    assert _sum(_table(home, "gold/product_performance")) == silver


def test_every_household_that_shopped_has_a_value_and_every_campaign_a_response(home: Path) -> None:
    assert _rows(_table(home, "gold/household_value")) == 2_469
    assert _rows(_table(home, "gold/campaign_response")) == 27
    known = _table(home, "gold/household_value").filter(pl.col("age").is_not_null())
    assert _rows(known) == 801


def test_promotions_are_weighed_for_each_of_the_53_weeks(home: Path) -> None:
    lift = _table(home, "gold/promotion_lift")
    assert lift.select(pl.col("week_start").n_unique()).collect().item() == 53
    assert lift.select(pl.col("placements").sum()).collect().item() == _rows(_table(home, "silver/promotions"))


def test_a_second_demo_changes_no_file_and_says_so(home: Path) -> None:
    def contents() -> dict[Path, int]:
        return {p: p.stat().st_mtime_ns for d in ("landing", "lake") for p in (home / d).rglob("*") if p.is_file()}

    before = contents()
    done = _demo(home)
    assert done.returncode == 0
    assert "nothing was changed" in done.stdout
    assert contents() == before
