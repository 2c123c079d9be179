"""A warning that a module of ours causes fails the tests, by the settings that they run with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
OURS = ["lakehouse_assets", "resources", "sensors", "gates", "infra"]
# Modules as they would be in a package of that name: one warns itself, one calls what warns its caller.
PLANTED = """
import types
import warnings

import pytest

FAULTS = {
    "itself": "import warnings\\ndef call(): warnings.warn('planted', {category}, stacklevel=1)",
    "by-what-it-calls": "def call(): old()",
}


def old():
    warnings.warn("planted", DeprecationWarning, stacklevel=2)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("category", ["UserWarning", "DeprecationWarning", "ResourceWarning"])
@pytest.mark.parametrize("package", PACKAGES)
def test_planted(package, category, fault):
    module = types.ModuleType(f"{package}.planted")
    module.old = old
    exec(FAULTS[fault].format(category=category), module.__dict__)
    module.call()
"""


def outcomes(packages: list[str], folder: Path) -> dict[str, int]:
    """How many of the planted tests failed and passed, by the settings of this project."""
    test = folder / "test_planted.py"
    test.write_text(PLANTED.replace("PACKAGES", repr(packages)))
    settings = ["-c", str(REPOSITORY / "pyproject.toml"), "--rootdir", str(folder), "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *settings, "--tb=line", str(test)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    ended = done.stdout.splitlines()[-1].split(" in ")[0].split(", ")
    return {word: int(count) for count, word in (part.split() for part in ended)}


@pytest.mark.parametrize("package", OURS)
def test_a_warning_of_a_module_of_ours_or_of_what_it_calls_is_a_failure(package: str, tmp_path: Path) -> None:
    assert outcomes([package], tmp_path) == {"failed": 6}


def test_a_warning_of_anything_else_is_none(tmp_path: Path) -> None:
    """So that a failure above is by whose module it is, and by nothing else."""
    told = outcomes(["somebody", "lakehouse_assets_tests"], tmp_path)
    assert told["passed"] == 12
    assert told.keys() == {"passed", "warnings"}


def test_every_package_of_ours_is_among_them() -> None:
    apart = {
        "lakehouse_assets_tests",
        "benchmarks",
        "mutation",
    }  # tests, and what measures: nobody runs them for a lake
    packages = {folder.parent.name for folder in REPOSITORY.glob("[a-z]*/__init__.py")}
    assert packages - apart == set(OURS)
