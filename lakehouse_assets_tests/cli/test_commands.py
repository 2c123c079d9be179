"""The `lakehouse` command as a user runs it: a process of its own, over a lake of two days."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

LAKEHOUSE = str(Path(sys.executable).with_name("lakehouse"))
DAYS = ["--from", "2017-01-01", "--to", "2017-01-02"]


def lakehouse(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command; it must end by itself."""
    environment = os.environ | {"LAKEHOUSE_HOME": str(home), "COLUMNS": "200"}
    return subprocess.run([LAKEHOUSE, *arguments], env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture
def fresh(home: Path, tmp_path: Path) -> Path:
    """A copy of that home, to be changed."""
    return Path(shutil.copytree(home, tmp_path / "home", copy_function=shutil.copy2))


def versions(home: Path) -> dict[str, int]:
    """How many commits each table has."""
    logs = (home / "lake").glob("*/*/_delta_log")
    return {f"{log.parent.parent.name}/{log.parent.name}": len(list(log.glob("*.json"))) for log in logs}


def test_every_command_explains_itself() -> None:
    for verb in ("demo", "land", "run", "status", "report", "metrics", "files", "history", "quarantine", "sql", "dev"):
        done = lakehouse(Path("unused"), verb, "--help")
        assert done.returncode == 0
        assert "Usage" in done.stdout


def test_a_second_demo_makes_no_commit_and_says_so(home: Path) -> None:
    before = versions(home)
    done = lakehouse(home, "demo", *DAYS)
    assert "nothing was changed" in done.stdout
    assert versions(home) == before


def test_the_demo_ends_with_rows_and_checks_of_every_table(home: Path) -> None:
    said = lakehouse(home, "demo", *DAYS).stdout
    line = next(line for line in said.splitlines() if line.strip().startswith("silver/transactions"))
    assert line.split()[1:] == ["7,175", "7,162", "13", "36", "2", "0", "unchanged"]


def test_run_takes_tables_and_days_and_makes_good_partitions_again_only_when_forced(fresh: Path) -> None:
    before = versions(fresh)
    assert "Nothing to do" in lakehouse(fresh, "run", "silver/transactions", *DAYS).stdout
    assert versions(fresh) == before
    done = lakehouse(fresh, "run", "silver/transactions", "--from", "2017-01-02", "--to", "2017-01-02", "--force")
    assert done.returncode == 0
    joined_and_left = 2  # the rows rejected now, and those they replace
    assert versions(fresh) == before | {
        "silver/transactions": before["silver/transactions"] + 1,
        "quarantine/silver_transactions": before["quarantine/silver_transactions"] + joined_and_left,
    }


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


def deliver_again(path: Path) -> None:
    """The same rows in a file that is not the same."""
    pl.read_parquet(path).write_parquet(path, compression="lz4")


def test_a_file_sent_again_unchanged_is_not_loaded_again(fresh: Path) -> None:
    before = versions(fresh)
    os.utime(fresh / "landing/transactions/2017-01-02/transactions.csv")
    assert "Nothing to do" in lakehouse(fresh, "run", *DAYS).stdout
    assert versions(fresh) == before


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


def test_a_killed_demo_is_completed_by_the_next_and_holds_the_same_rows(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "killed"
    environment = os.environ | {"LAKEHOUSE_HOME": str(other)}
    process = subprocess.Popen(
        [LAKEHOUSE, "demo", *DAYS], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 120
    while not (other / "lake/silver/transactions").exists() and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (other / "lake/gold/campaign_response").exists()
    assert lakehouse(other, "demo", *DAYS).returncode == 0
    for name in (
        "silver/transactions",
        "quarantine/silver_transactions",
        "gold/daily_store_sales",
        "gold/promotion_lift",
    ):
        own = ("_run_id", "_judged_at", "_publication", "_failed")  # of each run; a list cannot be sorted by
        keep = [c for c in pl.read_delta(str(home / "lake" / name)).columns if c not in own]
        one, two = (pl.read_delta(str(h / "lake" / name)).select(keep).sort(keep) for h in (home, other))
        assert one.equals(two), name


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["run", "silver/transactons"], "did you mean silver/transactions", id="a typo in a selection"),
        pytest.param(
            ["run", "silver/transactions", "--from", "2019-01-01"],
            "partitions run from 2017-01-01",
            id="an unknown day",
        ),
        pytest.param(["run", "--from", "yesterday"], "'yesterday' is not a date", id="no date"),
        pytest.param(["sql", "select * from gold.nothing"], "gold.daily_store_sales", id="an unknown table"),
        pytest.param(["sql", "selec 1"], "syntax error", id="a query that is none"),
        pytest.param(
            ["run", "bronze/transactions", "--from", "2017-05-01", "--to", "2017-05-02"],
            "landing/transactions: nothing was delivered",
            id="days without a delivery",
        ),
    ],
)
def test_bad_input_is_one_clear_error_with_a_remedy_and_exit_code_1(
    home: Path, arguments: list[str], said: str
) -> None:
    before = versions(home)
    done = lakehouse(home, *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Remedy" in done.stderr
    assert "Traceback" not in done.stderr
    assert versions(home) == before


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


def test_an_unknown_engine_is_refused(home: Path) -> None:
    environment = os.environ | {"LAKEHOUSE_HOME": str(home), "LAKEHOUSE_ENGINE": "steam"}
    done = subprocess.run([LAKEHOUSE, "status"], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "use one of: embedded" in done.stderr


def told(done: subprocess.CompletedProcess[str]) -> list[dict]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


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


def test_quarantine_replays_what_passes_and_drops_what_is_given_up_and_keeps_why(fresh: Path) -> None:
    without = lakehouse(fresh, "quarantine", "drop", "silver/transactions", "--why", " ")
    assert without.returncode == 1
    assert "no reason was given" in without.stderr
    again = lakehouse(fresh, "quarantine", "replay", "silver/transactions", "--why", "just to see")
    assert "0 rows published; 13 stay in quarantine" in again.stdout
    one = lakehouse(
        fresh, "quarantine", "drop", "silver/transactions", "--why", "test tills", "--partition", "2017-01-02"
    )
    assert "rows dropped" in one.stdout
    left = told(lakehouse(fresh, "quarantine", "show", "silver/transactions", "--json"))
    assert {row["_partition"] for row in left} == {"2017-01-01"}


def test_maintain_shows_what_is_due_does_it_and_then_nothing_is(fresh: Path) -> None:
    before = versions(fresh)
    shown = lakehouse(fresh, "maintain", "gold", "--dry-run")
    assert "not as declared" in shown.stdout
    assert versions(fresh) == before, "a dry run changes nothing"
    done = lakehouse(fresh, "maintain", "gold")
    assert "gold/daily_store_sales: properties" in done.stderr
    assert "Nothing is due of" in lakehouse(fresh, "maintain", "gold").stdout
    refused = lakehouse(fresh, "maintain", "gold", "--keep-hours", "1")
    assert refused.returncode == 1
    assert "below the table's guard of 168 hours" in refused.stderr


def test_restore_shows_what_would_change_then_does_it_and_the_next_run_makes_it_again(fresh: Path) -> None:
    table = "gold/daily_store_sales"
    assert lakehouse(fresh, "run", table, "--force").returncode == 0
    shown = lakehouse(fresh, "restore", table, "--to", "0")
    assert "from version 1 back to version 0" in shown.stdout
    assert "Nothing was changed" in shown.stdout
    assert versions(fresh)[table] == 2
    done = lakehouse(fresh, "restore", table, "--to", "0", "--yes", "--why", "to try it")
    assert "version 2 is what version 0 was" in done.stdout
    assert told(lakehouse(fresh, "history", table, "--json"))[0]["why"] == "to try it"
