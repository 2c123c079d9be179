"""The commands that the pages show are run, in their order, on a lake of two days."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lakehouse_assets_tests.cli.command import DAYS, LAKEHOUSE

REPOSITORY = Path(__file__).parents[2]
# What stands for itself elsewhere: a year takes a minute, and the UI is started by the browser's tests.
ELSEWHERE = {"make demo": f"{LAKEHOUSE} demo {' '.join(DAYS)}", "make dev": None}


def commands(page: str) -> list[str]:
    """The lines of every block of shell commands of a page."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (REPOSITORY / f"docs/{page}.md").read_text(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line]


def run(command: str, home: Path) -> str:
    environment = os.environ | {"LAKEHOUSE_HOME": str(home), "COLUMNS": "200"}
    done = subprocess.run(
        ["bash", "-ec", re.sub(r"(?<!\S)\.venv/bin/lakehouse", LAKEHOUSE, command)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def copy(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the lake for both pages, one after the other."""
    return Path(shutil.copytree(home, tmp_path_factory.mktemp("pages") / "home", copy_function=shutil.copy2))


def test_the_five_minute_start_does_what_it_says(copy: Path) -> None:
    told = {}
    for command in commands("start"):
        instead = ELSEWHERE.get(command, command)
        if instead:
            told[command] = run(instead, copy)
    assert "nothing was changed" in told["make demo"]
    assert "silver/transactions" in told[".venv/bin/lakehouse status"]
    assert "Nothing to do" in told[".venv/bin/lakehouse run"]
    shown, done = (said for command, said in told.items() if " rollback " in command)
    assert re.search(r"gold/daily_store_sales +1 +0 ", shown)
    assert "Nothing was changed" in shown
    assert "Done: 1 tables are what they were at first." in done
    assert "The code that belongs to them: my-first-day" in done


def test_the_commands_of_when_a_check_fails_run(copy: Path) -> None:
    told = [run(command, copy) for command in commands("checks")]
    assert "product_id__in_silver_products" in told[0]
