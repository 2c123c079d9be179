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


@pytest.mark.parametrize("verb", [("show",), ("drop", "--why", "a slip of the finger")])
def test_a_rule_that_the_table_does_not_have_is_an_error_that_names_those_it_has(home: Path, verb: tuple) -> None:
    done = lakehouse(home, "quarantine", *verb, "silver/transactions", "--rule", "product_id_in_silver_products")
    assert (done.returncode, "product_id__in_silver_products" in done.stderr) == (1, True)


def test_sql_knows_tables_in_whatever_letter_case(home: Path) -> None:
    done = lakehouse(home, "sql", "SELECT count(*) AS n FROM GOLD.Daily_Store_Sales", "--format", "json")
    assert json.loads(done.stdout)["n"] > 0


@pytest.mark.parametrize(
    "query",
    ["SHOW TABLES;", "select distinct table_schema || '.' || table_name as \"table\" from information_schema.tables"],
)
def test_sql_tells_which_tables_there_are(home: Path, query: str) -> None:
    done = lakehouse(home, "sql", query, "--format", "json")
    found = {json.loads(line)["table"] for line in done.stdout.splitlines()}
    assert {"bronze.transactions", "gold.daily_store_sales", "quarantine.silver_transactions"} <= found


def test_sql_keeps_every_column_of_a_join_that_has_a_name_twice(home: Path) -> None:
    done = lakehouse(home, "sql", "select 1 as a, 2 as a, 3 as a_1, 4 as a", "--format", "json")
    assert json.loads(done.stdout) == {"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}
    assert "4" in lakehouse(home, "sql", "select 1 as a, 2 as a, 3 as a_1, 4 as a").stdout


@pytest.mark.parametrize("value", ["[/x]", "[red]hi[/red]", "root:x:0", "a" * 600])
def test_sql_shows_a_value_as_it_is(home: Path, value: str) -> None:
    shown = lakehouse(home, "sql", f"select '{value}' as \"{value}\"", columns=700).stdout
    assert shown.count(value) == 2


def test_sql_sends_no_control_character_of_a_value_to_the_terminal(home: Path) -> None:
    assert "\x1b" not in lakehouse(home, "sql", "select chr(27) || '[31mred'").stdout


def test_history_shows_a_reason_as_it_was_given(fresh: Path) -> None:
    again = ("run", "gold/daily_store_sales", "--force", "--from", "2017-01-01", "--to", "2017-01-01")
    assert lakehouse(fresh, *again).returncode == 0
    why = "as agreed [/mail] :x:"
    assert lakehouse(fresh, "restore", "gold/daily_store_sales", "--to", "0", "--yes", "--why", why).returncode == 0
    shown = lakehouse(fresh, "history", "gold/daily_store_sales", columns=300)
    assert (shown.returncode, why in shown.stdout) == (0, True)


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
    files = {
        file["name"].split("/", 1)[1]: file for file in told(lakehouse(fresh, "files", "bronze/transactions", "--json"))
    }
    late = files["2017-01-02/late.csv"]
    assert (late["size_bytes"], late["accepted"], bool(late["modified"])) == (4, 0, True)
    assert {name: file["state"] for name, file in files.items()} == {
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
    broken = told(lakehouse(home, "quarantine", "show", "silver/transactions", "--rule", "quantity__ge", "--json"))
    assert broken == []
