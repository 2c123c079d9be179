"""`status`, `report`, `sql` over records and `metrics`, as a user runs them: a process each, over a lake of a day."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable
from prometheus_client.parser import text_string_to_metric_families

from lakehouse_assets.operate.snapshot import asset_graph
from lakehouse_assets_tests.cli.command import LAKEHOUSE

DAY = ["--from", "2017-01-02", "--to", "2017-01-02"]


def environment(home: Path) -> dict[str, str]:
    named = {name: value for name, value in os.environ.items() if not name.startswith(("LAKEHOUSE_", "DAGSTER_"))}
    return named | {"LAKEHOUSE_HOME": str(home), "COLUMNS": "200", "LAKEHOUSE_RATE_EMBEDDED": "36"}


def lakehouse(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [LAKEHOUSE, *arguments], env=environment(home), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a day of transactions, in bronze and silver."""
    home = tmp_path_factory.mktemp("seeing")
    lakehouse(home, "land", *DAY)
    lakehouse(home, "run", "+silver/transactions", *DAY)
    return home


def test_status_says_what_to_look_at_with_the_worst_first(home: Path, tmp_path: Path) -> None:
    said = lakehouse(home, "status")
    levels = re.findall(r"^(late|refused|out of date|rejects|maintain|warns) +(\S+) +(.*)$", said, re.MULTILINE)
    assert ("rejects", "silver/transactions", "product_id__in_silver_products: 7 rows in 2017-01-02") in [
        (level, table, what.strip()) for level, table, what in levels
    ]
    fresh = Path(shutil.copytree(home, tmp_path / "home", copy_function=shutil.copy2))
    delivered = fresh / "landing/transactions/2017-01-02/transactions.csv"
    delivered.write_text(delivered.read_text() + delivered.read_text().splitlines()[1] + "\n")
    assert re.search(
        r"^out of date +bronze/transactions +1 partition to be made again", lakehouse(fresh, "status"), re.M
    )


def test_records_are_there_for_whoever_asks_for_them(home: Path) -> None:
    query = "select failed_rows, rows, version from ops.check_results where rule = 'product_id__in_silver_products'"
    assert '{"failed_rows": 7, "rows": 4077, "version": 0}' in lakehouse(home, "sql", query, "--format", "json")
    made = "select table_id, published, cost_estimate > 0 as costs from ops.materialisations order by recorded_at"
    assert lakehouse(home, "sql", made, "--format", "csv").splitlines()[1:] == [
        '"bronze/products",true,true',
        '"silver/products",true,true',
        '"bronze/transactions",true,true',
        '"silver/transactions",true,true',
    ]
    assert DeltaTable(str(home / "lake/ops/materialisations")).version() == 0


def test_the_questions_that_the_page_asks_of_records_are_answered(home: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/seeing.md").read_text()
    shown = re.findall(r"^select .*?;$", page, re.M | re.S)
    which, what = (lakehouse(home, "sql", query, "--format", "csv").splitlines() for query in shown)
    assert any(line.endswith('"product_id__in_silver_products",7') for line in which)
    assert len(what) == 5


def test_the_report_is_one_page_where_it_is_asked_for(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "folder" / "r.html"
    assert str(target) in lakehouse(home, "report", "--to", str(target), "--days", "1")
    page = target.read_text()
    assert "product_id__in_silver_products: 7 rows in 2017-01-02" in page
    assert ">Cost</h2>" in page


@pytest.fixture
def served(home: Path) -> Iterator[str]:
    """The address of `lakehouse metrics --port 0`."""
    command = [LAKEHOUSE, "metrics", "--port", "0"]
    server = subprocess.Popen(command, env=environment(home), stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    yield server.stderr.readline().strip()
    server.send_signal(signal.SIGINT)
    server.wait(timeout=30)
    server.stderr.close()


def values(text: str) -> dict[tuple[str, str, str], float]:
    """Samples by name, table and rule, as Prometheus's own parser reads them."""
    return {
        (sample.name, sample.labels.get("table", ""), sample.labels.get("rule", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_are_served_and_written_alike_and_hold_no_row(home: Path, served: str, tmp_path: Path) -> None:
    with urllib.request.urlopen(served, timeout=300) as answer:
        text = answer.read().decode()
    found = values(text)
    silver = "silver/transactions"
    assert found["lakehouse_quarantined_rows", silver, "product_id__in_silver_products"] == 7
    assert found["lakehouse_rows", silver, ""] == 4070
    assert found["lakehouse_runs_total", silver, ""] == 1
    # Of one run: its seconds are told to a thousandth, and its cost, of 36 an hour, to a millionth.
    assert found["lakehouse_run_cost_total", silver, ""] == pytest.approx(
        found["lakehouse_run_seconds_total", silver, ""] / 100, abs=0.0005 / 100 + 1e-6
    )
    lakehouse(home, "metrics", "--to", str(tmp_path / "lakehouse.prom"))
    assert values((tmp_path / "lakehouse.prom").read_text()) == found
    known = {line.strip().split(": ")[-1] for line in asset_graph().splitlines()} | {"true", "false", ""}
    labels = {
        (name, value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for name, value in sample.labels.items()
    }
    assert {name for name, _ in labels} == {"table", "owner", "rule", "refused"}
    assert {value for _, value in labels} <= known
