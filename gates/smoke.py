"""`python -m gates.smoke [--wheel W]`: a day of the demo from landing to gold, in a root of its own, then checked.

The root is that of the environment: a branch's own below staging, or a folder of this machine without any. Of the
landing zone nothing is asked: the deliveries are landed below the same root. Both are removed at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

DAY = "2017-01-02"
GOLD = "gold/daily_store_sales"
# What a day of gold must come from: rows that were sold, judged, and told of.
TABLES = ("bronze.transactions", "silver.transactions", "quarantine.silver_transactions", "gold.daily_store_sales")
COUNTS = "select " + ", ".join(f'(select count(*) from {table}) as "{table}"' for table in TABLES)


def environment(folder: Path, wheel: Path | None, given: Mapping[str, str]) -> dict[str, str]:
    """The variables of the runs: an own root and landing zone, and the wheel's code where one is given.

    Raises RuntimeError for a root that is not a branch's own: a smoke run writes nowhere else.
    """
    variables = {**given, "LAKEHOUSE_HOME": str(folder / "home")}
    variables.pop("DAGSTER_HOME", None)
    if given.get("LAKEHOUSE_ROOT"):
        if given.get("LAKEHOUSE_ENVIRONMENT") != "branch":
            raise RuntimeError("LAKEHOUSE_ROOT is set: a smoke run writes to a branch's own root alone")
        variables["LAKEHOUSE_LANDING"] = f"{_root(given)}/_landing"
    else:
        variables.pop("LAKEHOUSE_LANDING", None)
    if wheel is not None:
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(folder / "code")
        variables["PYTHONPATH"] = str(folder / "code")
    return variables


def _root(given: Mapping[str, str]) -> str:
    code = "from lakehouse_assets.settings import Settings; print(Settings.from_environment().root)"
    return _python(["-c", code], given, Path.cwd()).strip()


def _python(arguments: list[str], variables: Mapping[str, str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=dict(variables), cwd=folder, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise RuntimeError(f"`{' '.join(arguments)}` ended with {done.returncode}")
    return done.stdout


def run(folder: Path, variables: Mapping[str, str]) -> dict[str, int]:
    """Land and make the day; returns the rows of each table in TABLES.

    Raises RuntimeError where gold has none, or where not every row is either in silver or in quarantine.
    """

    def lakehouse(*arguments: str) -> str:
        return _python(["-m", "lakehouse_assets.cli.main", *arguments], variables, folder)

    lakehouse("land", "--from", DAY, "--to", DAY)
    lakehouse("run", f"+{GOLD}", "--from", DAY, "--to", DAY)
    counts: dict[str, int] = json.loads(lakehouse("sql", COUNTS, "--format", "json"))
    delivered, accepted, rejected, gold = counts.values()
    if not gold or delivered != accepted + rejected:
        raise RuntimeError(f"the rows do not add up: {counts}")
    return counts


def main() -> int:
    """Run, print what was seen, and remove what was made."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--wheel", type=Path, help="the code to run; that of this folder without")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        variables = environment(folder, asked.wheel, os.environ)
        try:
            for table, count in run(folder, variables).items():
                sys.stdout.write(f"{table}: {count:,} rows of {DAY}\n")
        finally:
            if variables.get("LAKEHOUSE_ROOT"):
                _remove(_root(variables))
    return 0


def _remove(root: str) -> None:
    from lakehouse_assets.storage import place

    base, _, own = root.rpartition("/")
    place(base).delete(own)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(f"smoke: {error}")
