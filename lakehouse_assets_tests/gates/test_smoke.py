"""A smoke run writes to a root of its own alone, and runs the code of the wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gates.smoke import environment

GIVEN = {name: value for name, value in os.environ.items() if not name.startswith(("LAKEHOUSE_", "DAGSTER_"))}


@pytest.mark.parametrize("said", [{}, {"LAKEHOUSE_ENVIRONMENT": "production"}, {"LAKEHOUSE_ENVIRONMENT": "staging"}])
def test_a_root_that_is_not_a_branchs_own_is_refused(tmp_path: Path, said: dict[str, str]) -> None:
    with pytest.raises(RuntimeError, match="a branch's own root alone"):
        environment(tmp_path, None, {**GIVEN, **said, "LAKEHOUSE_ROOT": str(tmp_path / "lake")})


def test_of_a_branch_the_landing_zone_too_lies_below_its_own_root(tmp_path: Path) -> None:
    branch = {"LAKEHOUSE_ENVIRONMENT": "branch", "LAKEHOUSE_BRANCH": "x", "LAKEHOUSE_ROOT": str(tmp_path / "lake")}
    variables = environment(tmp_path, None, {**GIVEN, **branch, "LAKEHOUSE_LANDING": "s3://production/landing"})
    assert variables["LAKEHOUSE_LANDING"].startswith(f"{tmp_path}/lake/_branches/x-")
    assert variables["LAKEHOUSE_LANDING"].endswith("/_landing")


def test_without_a_root_all_lies_in_a_folder_that_is_removed(tmp_path: Path) -> None:
    variables = environment(tmp_path, None, {**GIVEN, "LAKEHOUSE_LANDING": "elsewhere", "DAGSTER_HOME": "elsewhere"})
    assert variables["LAKEHOUSE_HOME"] == str(tmp_path / "home")
    assert not variables.keys() & {"LAKEHOUSE_LANDING", "LAKEHOUSE_ROOT", "DAGSTER_HOME"}


def test_the_code_that_runs_is_the_wheels(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as wheel:
        wheel.writestr("lakehouse_assets/__init__.py", "MADE = 'by the wheel'")
    variables = environment(tmp_path, tmp_path / "x.whl", GIVEN)
    told = subprocess.run(
        [sys.executable, "-c", "import lakehouse_assets; print(lakehouse_assets.MADE)"],
        env=variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "by the wheel\n"
