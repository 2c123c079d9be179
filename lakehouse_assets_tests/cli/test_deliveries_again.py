"""Deliveries that come again, changed, unchanged or damaged: what the command loads, says and leaves alone."""

import json
import os
from pathlib import Path

import polars as pl

from lakehouse_assets_tests.cli.command import DAYS, lakehouse, versions


def test_a_changed_delivery_is_loaded_again_with_everything_that_reads_it_and_nothing_else(fresh: Path) -> None:
    before = versions(fresh)
    path = fresh / "landing/transactions/2017-01-02/transactions.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    assert lakehouse(fresh, "run", *DAYS).returncode == 0
    after = versions(fresh)
    touched = {name for name in after if after[name] != before[name]}
    assert touched == {
        "bronze/transactions",
        "silver/transactions",
        "quarantine/silver_transactions",
        "gold/daily_store_sales",
        "gold/product_performance",
        "gold/promotion_lift",
        "gold/household_value",
        "gold/campaign_response",
    }
    bronze = pl.read_delta(str(fresh / "lake/bronze/transactions"))
    assert bronze.height == 7_174
    loads = bronze.group_by("event_date").agg(pl.col("_run_id").unique().len()).get_column("_run_id")
    assert loads.to_list() == [1, 1]
    assert bronze.get_column("_run_id").n_unique() == 2


def test_a_file_sent_again_unchanged_is_not_loaded_again(fresh: Path) -> None:
    before = versions(fresh)
    os.utime(fresh / "landing/transactions/2017-01-02/transactions.csv")
    assert "Nothing to do" in lakehouse(fresh, "run", *DAYS).stdout
    assert versions(fresh) == before


def test_a_line_that_cannot_be_read_is_set_apart_and_the_others_load(fresh: Path) -> None:
    path = fresh / "landing/transactions/2017-01-02/transactions.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, "1,2,3", ""]))
    assert lakehouse(fresh, "run", "bronze/transactions").returncode == 0
    query = "select _reason, _raw, _source_file from quarantine.bronze_transactions"
    assert json.loads(lakehouse(fresh, "sql", query, "--format", "json").stdout) == {
        "_reason": f"line {len(lines) + 1}: 3 values for 11 columns",
        "_raw": "1,2,3",
        "_source_file": "transactions/2017-01-02/transactions.csv",
    }
    assert pl.read_delta(str(fresh / "lake/bronze/transactions")).height == 7_175


def test_a_file_that_cannot_be_read_refuses_the_load_and_is_in_quarantine_as_a_file(fresh: Path) -> None:
    path = fresh / "landing/transactions/2017-01-02/transactions.csv"
    path.write_text("no,such,columns\n1,2,3\n")
    before = pl.read_delta(str(fresh / "lake/bronze/transactions"))
    for _ in range(2):  # a second try changes nothing
        done = lakehouse(fresh, "run", "bronze/transactions")
        assert done.returncode == 1
        assert "transactions/2017-01-02/transactions.csv: columns" in done.stderr
        query = "select _failed[1] as rule, count(*) as n from quarantine.bronze_transactions group by 1"
        assert json.loads(lakehouse(fresh, "sql", query, "--format", "json").stdout) == {
            "rule": "file__readable",
            "n": 1,
        }
    assert pl.read_delta(str(fresh / "lake/bronze/transactions")).equals(before)


def test_too_many_bad_rows_refuse_the_publication_and_leave_the_table_and_its_quarantine_as_they_were(
    fresh: Path,
) -> None:
    path = fresh / "landing/transactions/2017-01-02/transactions.csv"
    header, *lines = path.read_text().splitlines(keepends=True)
    path.write_text(header + "".join("x" + line for line in lines))
    before = versions(fresh)
    done = lakehouse(fresh, "run", "silver/transactions", "bronze/transactions")
    assert done.returncode == 1
    assert "was not published, it is as it was: partition 2017-01-02" in done.stderr
    assert versions(fresh) == before | {"bronze/transactions": before["bronze/transactions"] + 1}
