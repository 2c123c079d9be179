"""The `lakehouse` command as a user runs it: a process of its own, over a lake of two days."""

import os
import signal
import subprocess
import time
from pathlib import Path

import polars as pl
import pytest

from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.cli.command import DAYS, LAKEHOUSE, lakehouse, told, versions
from resources.latest_checks import failed_locally


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
    assert line.split()[1:] == ["7,175", "7,162", "13", "37", "2", "0", "unchanged"]


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


def test_a_run_shows_the_tables_that_it_was_asked_for_and_no_others(home: Path) -> None:
    shown = lakehouse(home, "run", "gold/daily_store_sales", *DAYS).stdout
    assert [line.split()[0] for line in shown.splitlines() if "unchanged" in line] == ["gold/daily_store_sales"]


def test_a_killed_demo_is_completed_by_the_next_and_holds_the_same_rows(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "killed"
    environment = os.environ | {"LAKEHOUSE_HOME": str(other)}
    process = subprocess.Popen(
        [LAKEHOUSE, "demo", *DAYS], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 300
    table = other / "lake/silver/transactions"
    while not table.exists() and process.poll() is None and time.monotonic() < until:
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


@pytest.mark.parametrize(
    "arguments",
    [
        ["history", "bronze/products", "--limit", "-3"],
        ["files", "bronze/products", "--limit", "-1"],
        *(["maintain", "bronze/products", "--keep-hours", hours, "--override", "x"] for hours in ("-5", "nan", "inf")),
        ["restore", "bronze/products", "--to", "0001-01-01T00:00+14:00"],
    ],
    ids=" ".join,
)
def test_a_number_or_a_time_that_is_none_of_the_kind_is_refused_without_a_traceback(
    home: Path, arguments: list[str]
) -> None:
    before = versions(home)
    done = lakehouse(home, *arguments)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert versions(home) == before


def test_an_unknown_engine_is_refused(home: Path) -> None:
    environment = os.environ | {"LAKEHOUSE_HOME": str(home), "LAKEHOUSE_ENGINE": "steam"}
    done = subprocess.run([LAKEHOUSE, "status"], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "use one of: embedded" in done.stderr


def test_quarantine_replays_what_passes_and_drops_what_is_given_up_and_keeps_why(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = lakehouse(fresh, "quarantine", "drop", "silver/transactions", "--why", " ")
    assert without.returncode == 1
    assert "no reason was given" in without.stderr
    again = lakehouse(fresh, "quarantine", "replay", "silver/transactions", "--why", "just to see")
    assert "0 rows published; 13 stay in quarantine" in again.stdout
    one = lakehouse(
        fresh, "quarantine", "drop", "silver/transactions", "--why", "test tills", "--partition", "2017-01-02"
    )
    assert "rows dropped" in one.stdout
    kept = lakehouse(fresh, "history", "quarantine/silver_transactions")
    assert (kept.returncode, ": test tills" in kept.stdout) == (0, True)
    left = told(lakehouse(fresh, "quarantine", "show", "silver/transactions", "--json"))
    assert {row["_partition"] for row in left} == {"2017-01-01"}
    monkeypatch.setenv("LAKEHOUSE_HOME", str(fresh))
    told_of = [one for one in failed_locally(Settings.from_environment()) or () if one.asset == "silver/transactions"]
    assert {one.partition for one in told_of if one.blocking} == {"2017-01-01"}
    assert {one.partition for one in told_of} == {"2017-01-01", "2017-01-02"}, "of rows that are kept, nothing changed"


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


def test_a_first_release_of_a_lake_without_tables_is_told_and_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_CODE_VERSION", "1.0.0+gabc")
    done = lakehouse(tmp_path, "release", "v1.0.0", "--first")
    assert done.returncode == 0, done.stderr
    assert "has no table yet" in done.stdout
    assert not (tmp_path / "lake").exists()
    later = lakehouse(tmp_path, "release", "v1.0.1")
    assert later.returncode != 0
    assert "no table was published yet" in later.stderr


def test_a_first_release_of_a_lake_with_tables_is_recorded(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_CODE_VERSION", "1.0.0+gabc")
    assert lakehouse(fresh, "release", "v1.0.0", "--first").returncode == 0
    assert (fresh / "lake/_releases/v1.0.0.json").is_file()
