"""What `make` installs: every file by its hash, of exactly the versions that were reviewed, from no address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker

REPOSITORY = Path(__file__).parents[2]
LOCKED = ["platform", "dev"]
EVERY = [*LOCKED, "infra"]  # whose tools have a set of versions of their own
# What constraints.txt was resolved on; what is locked is for every Python and system.
RESOLVED_ON = {
    "python_full_version": "3.11.9",
    "python_version": "3.11",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
}


def pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", text, re.M))


def locked(name: str) -> str:
    """What is locked, but for what only other Pythons and systems need."""
    packages = re.split(r"^(?=[a-z0-9])", (REPOSITORY / f"locked/{name}.txt").read_text(), flags=re.M)
    return "".join(package for package in packages if _is_for_linux(package.partition("\n")[0]))


def _is_for_linux(line: str) -> bool:
    found = re.search(r"; (.+?) \\$", line)
    return found is None or Marker(found[1]).evaluate(RESOLVED_ON)


CHOSEN = pins((REPOSITORY / "constraints.txt").read_text())


@pytest.mark.parametrize("name", LOCKED)
def test_the_versions_are_those_of_the_constraints(name: str) -> None:
    assert pins(locked(name)).items() <= CHOSEN.items(), "run `make hashes`"


def test_together_they_are_all_of_the_constraints() -> None:
    assert pins(locked("dev")).keys() == CHOSEN.keys(), "run `make hashes`"
    assert pins(locked("platform")).keys() <= pins(locked("dev")).keys()


@pytest.mark.parametrize(
    ("name", "extras"),
    [("platform", ["platform", "telemetry", "deploy"]), ("dev", ["platform", "telemetry", "deploy", "dev"])],
)
def test_every_package_that_the_project_asks_for_is_locked(name: str, extras: list[str]) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    assert names(asked) <= pins(locked(name)).keys(), "run `make hashes`"


def names(asked: list[str]) -> set[str]:
    return {re.split(r"[<>=\[;! ]", line)[0].lower() for line in asked}


def test_every_tool_that_terraform_is_checked_with_is_locked() -> None:
    asked = [line for line in (REPOSITORY / "infra/requirements.in").read_text().splitlines() if line[0] != "#"]
    exact = {line for line in asked if "==" in line}
    assert len(exact) > 3
    have = pins(locked("infra"))
    assert names(asked) <= have.keys(), "run `make hashes`"
    assert exact <= {f"{name}=={version}" for name, version in have.items()}, "run `make hashes`"


@pytest.mark.parametrize("name", EVERY)
def test_every_package_has_hashes(name: str) -> None:
    packages = re.split(r"^(?=\S)", (REPOSITORY / f"locked/{name}.txt").read_text(), flags=re.M)
    assert len(packages) > 100
    assert [p.splitlines()[0] for p in packages if p and "--hash=sha256:" not in p] == []


def test_nothing_is_installed_without_its_hash() -> None:
    """Each line of the Makefile that installs what is locked demands hashes, and installs nothing beside it."""
    text = (REPOSITORY / "Makefile").read_text()
    installs = [line.strip() for line in text.splitlines() if re.search(r"pip install\b.* -r ", line)]
    assert len(installs) == 4  # by uv and by pip, of the project and of what Terraform is checked with
    assert [line for line in installs if "--no-deps --require-hashes" not in line] == []
    assert set(re.findall(r"(?<= -r )\S+", " ".join(installs))) == {"$(1);", "locked/infra.txt;"}


@pytest.mark.parametrize(
    "file", ["constraints.txt", "infra/requirements.in", "pyproject.toml", *(f"locked/{name}.txt" for name in EVERY)]
)
def test_no_file_says_where_packages_come_from(file: str) -> None:
    """No address at all, and no option of an installer but hashes."""
    text = (REPOSITORY / file).read_text()
    assert re.findall(r"://|--(?!hash=|strict-markers)[a-z]+", text) == []
