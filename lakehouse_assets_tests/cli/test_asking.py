"""What the command tells of a lake: status, queries, history, files, and what is in quarantine."""

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

from lakehouse_assets_tests.cli.command import lakehouse, told


def deliver_again(path: Path) -> None:
    """The same rows in a file that is not the same."""
    pl.read_parquet(path).write_parquet(path, compression="lz4")


def test_status_tells_what_is_out_of_date_and_why_rows_are_in_quarantine(fresh: Path) -> None:
    assert "product_id__in_silver_products: 13" in lakehouse(fresh, "status").stdout
    deliver_again(fresh / "landing/products/products.parquet")
    line = next(x for x in lakehouse(fresh, "status").stdout.splitlines() if "bronze/products" in x)
    assert line.split()[-1] == "1"


@pytest.mark.parametrize(
    "query",
    [
        "select sum(sales_value) as v from silver.transactions",
        "select sum(sales_value) as v from gold.daily_store_sales",
    ],
)
def test_sql_queries_tables_by_name(home: Path, query: str) -> None:
    done = lakehouse(home, "sql", query, "--format", "json")
    assert json.loads(done.stdout) == {"v": "20914.19"}


def test_sql_prints_csv_and_reads_the_quarantine(home: Path) -> None:
    done = lakehouse(
        home,
        "sql",
        "select _failed[1] as rule, count(*) as n from quarantine.silver_transactions group by 1",
        "--format",
        "csv",
    )
    assert list(csv.DictReader(io.StringIO(done.stdout))) == [{"rule": "product_id__in_silver_products", "n": "13"}]


def test_history_says_who_published_what_from_what(home: Path) -> None:
    (version,) = told(lakehouse(home, "history", "silver/transactions", "--json"))
    assert (version["version"], version["accepted"], version["quarantined"]) == (0, 7_162, 13)
    assert version["inputs"] == {"bronze/transactions": 0, "silver/products": 0}
    assert len(version["code_version"]) == len(version["rules"]) == 16
    shown = lakehouse(home, "history", "silver/transactions").stdout
    assert "bronze/transactions v0, silver/products v0" in shown


def test_files_says_which_file_gave_which_rows_in_which_version(fresh: Path) -> None:
    first, second = told(lakehouse(fresh, "files", "bronze/transactions", "--json"))
    assert (first["name"], first["state"], first["version"]) == (
        "transactions/2017-01-01/transactions.csv",
        "loaded",
        0,
    )
    assert first["accepted"] + second["accepted"] == 7_175
    shown = lakehouse(fresh, "files", "bronze/transactions", columns=60).stdout
    names = "".join(line.strip().split("  ")[0] for line in shown.splitlines())
    assert names.count("transactions.csv") == 2, "no name is cut"
    assert first["size_bytes"] == (fresh / "landing" / first["name"]).stat().st_size
    (fresh / "landing" / first["name"]).unlink()
    (fresh / "landing" / second["name"]).write_text("changed\n")
    (fresh / "landing/transactions/2017-01-02/late.csv").write_text("new\n")
    states = {
        file["name"].split("/", 1)[1]: file["state"]
        for file in told(lakehouse(fresh, "files", "bronze/transactions", "--json"))
    }
    assert states == {
        "2017-01-01/transactions.csv": "gone",
        "2017-01-02/late.csv": "waiting",
        "2017-01-02/transactions.csv": "changed",
    }


def test_quarantine_lists_and_shows_what_was_rejected_and_why(home: Path) -> None:
    line = next(x for x in lakehouse(home, "quarantine", "list").stdout.splitlines() if "silver/transactions" in x)
    assert line.split()[:4] == ["silver/transactions", "product_id__in_silver_products", "13", "2"]
    rows = told(lakehouse(home, "quarantine", "show", "silver/transactions", "--json"))
    assert len(rows) == 13
    assert {tuple(row["_failed"]) for row in rows} == {("product_id__in_silver_products",)}
    monday = told(lakehouse(home, "quarantine", "show", "silver/transactions", "--partition", "2017-01-02", "--json"))
    assert 0 < len(monday) < 13
    assert told(lakehouse(home, "quarantine", "show", "silver/transactions", "--rule", "no_such", "--json")) == []
