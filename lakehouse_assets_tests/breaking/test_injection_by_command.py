"""The command, as a user runs it, over deliveries whose names and values carry everything."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from lakehouse_assets_tests.breaking.command import lakehouse
from lakehouse_assets_tests.breaking.nasty import NASTY


@pytest.fixture(scope="module")
def nasty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Transactions whose file names and values carry everything, loaded by the command."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "landing/transactions/2017-01-01"
    folder.mkdir(parents=True)
    for i, name in enumerate(NASTY):
        (folder / f"file {name}.csv").write_text(receipts(name, i), encoding="utf-8", newline="")
    done = lakehouse(home, "run", "bronze/transactions", "--from", "2017-01-01", "--to", "2017-01-01")
    assert done.returncode == 0, done.stderr
    return home


def receipts(value: str, number: int) -> str:
    from lakehouse_assets.bronze.transactions import Transactions

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(Transactions.schema.names)
    writer.writerows([value, number] + [value] * 9 for _ in range(40))
    return text.getvalue() + "too,few\n"


def shown(home: Path) -> list[str]:
    return sorted(lakehouse(home, "quarantine", "show", "bronze/transactions", "--json").stdout.splitlines())


def test_values_come_out_as_they_went_in(nasty_home: Path) -> None:
    query = "select household_id, store_id, count(*) as n from bronze.transactions group by 1, 2"
    done = lakehouse(nasty_home, "sql", query, "--format", "json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["store_id"]: (row["household_id"], row["n"]) for row in rows} == {
        str(i): (name, 40) for i, name in enumerate(NASTY)
    }


def test_the_quarantine_shows_names_and_lines_without_their_effect_on_a_terminal(nasty_home: Path) -> None:
    rows = [json.loads(line) for line in shown(nasty_home)]
    assert sorted(row["_source_file"] for row in rows) == sorted(f"transactions/2017-01-01/file {n}.csv" for n in NASTY)
    table = lakehouse(nasty_home, "quarantine", "show", "bronze/transactions", "--limit", "100")
    assert table.returncode == 0
    assert "\x1b[31m" not in table.stdout
    assert "[red]markup" in table.stdout
    for verb in (("history", "bronze/transactions"), ("quarantine", "list"), ("status",)):
        done = lakehouse(nasty_home, *verb)
        assert (done.returncode, "\x1b[31m" in done.stdout) == (0, False)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--partition", "2017-01-01' OR '1'='1"], id="a partition"),
        pytest.param(["--partition", "../../2017-01-01"], id="a path"),
        pytest.param(["--rule", "x') OR true --"], id="a rule"),
    ],
)
def test_dropping_by_a_name_that_carries_sql_drops_nothing(nasty_home: Path, arguments: list[str]) -> None:
    before = shown(nasty_home)
    done = lakehouse(nasty_home, "quarantine", "drop", "bronze/transactions", "--why", "'; --", *arguments)
    assert "Traceback" not in done.stderr
    assert done.returncode == 1 or done.stdout.startswith("0 rows dropped")
    assert shown(nasty_home) == before


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        (["run"], "../silver/transactions"),
        (["history"], "silver/transactions'; --"),
        (["quarantine", "show"], "/etc/passwd"),
        (["quarantine", "drop", "--why", "x"], "silver\n"),
    ],
)
def test_a_table_name_that_is_none_is_one_clear_error(nasty_home: Path, verb: list[str], name: str) -> None:
    done = lakehouse(nasty_home, *verb, name)
    assert done.returncode == 1
    assert "no table is called" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_of_all_this_was_written_elsewhere(nasty_home: Path) -> None:
    assert {path.name for path in nasty_home.iterdir()} <= {"landing", "lake", "dagster"}
    assert {path.name for path in (nasty_home / "lake").iterdir()} == {"bronze", "quarantine"}
