"""What the pages claim must be there: files they link to, tests that they name, commands that they show."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from benchmarks.figures import ABOUT, written
from lakehouse_assets.cli.main import app

REPOSITORY = Path(__file__).parent.parent
PAGES = sorted(
    page
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "terraform/*.md")
    for page in REPOSITORY.glob(pattern)
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_test_that_the_guarantees_name_is_there() -> None:
    tests = REPOSITORY / "lakehouse_assets_tests"
    table = (REPOSITORY / "docs/guarantees.md").read_text()
    named = re.findall(r"`([a-z_/]*test_[a-z_]+\.py|[a-z_]+/)`", table)
    assert len(named) > 20
    known = {path.name for path in tests.rglob("test_*.py")}
    rooms = (tests, REPOSITORY / "lakehouse_assets", REPOSITORY)
    missing = [n for n in named if n not in known and not any((room / n).exists() for room in rooms)]
    assert missing == []


def test_every_command_that_the_readme_lists_exists_and_every_command_is_listed() -> None:
    listed = {name.split()[0] for name in re.findall(r"^\| `([a-z]+)", (REPOSITORY / "README.md").read_text(), re.M)}
    commands = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    commands |= {group.name for group in app.registered_groups}
    assert commands <= listed


FIXED = (
    "dagster dagster-webserver dagster-pyspark dagster-databricks dagster-aws dagster-azure delta-spark pandera pytest"
)
ROWS = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| (`[^|]+`) \|$", (REPOSITORY / "README.md").read_text(), re.M)
USES = {name: re.findall(r"`([^`]+)`", where) for name, _, where in ROWS if name in FIXED.split()}
# By what a package is known to the code that uses it, where that is not its name.
KNOWN_BY = {"dagster-webserver": r"/graphql|\"dev\"", "delta-spark": r"io\.delta:delta-spark"}


def test_what_the_project_is_made_of_is_told_package_by_package() -> None:
    assert sorted(USES) == sorted(FIXED.split())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked = " ".join(line for extra in ("platform", "dev") for line in project["optional-dependencies"][extra])
    assert [name for name in USES if not re.search(rf"(^| ){name}[=>\[]", asked)] == []


@pytest.mark.parametrize("package", sorted(USES))
def test_a_package_is_used_where_the_readme_says(package: str) -> None:
    for where in USES[package]:
        place = REPOSITORY / where
        assert place.exists(), where
        files = [place] if place.is_file() else [f for f in place.rglob("*") if f.suffix in (".py", ".yaml")]
        known = KNOWN_BY.get(package, package.replace("-", "_"))
        assert any(re.search(known, file.read_text()) for file in files), f"{package} in {where}"


def test_the_jar_of_delta_is_that_of_the_package() -> None:
    named = re.search(r"delta-spark_[\d.]+_2\.13:([\d.]+)", (REPOSITORY / "resources/cluster/local.py").read_text())
    assert named
    assert f"delta-spark=={named[1]}\n" in (REPOSITORY / "constraints.txt").read_text()


def test_the_figures_of_the_readme_are_those_that_were_measured() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    figures = json.loads((REPOSITORY / "benchmarks/figures.json").read_text())
    assert {figure["name"] for figure in figures} >= ABOUT.keys()
    assert written(readme, figures) == readme, "run `make figures`"


def test_the_limits_of_the_figures_are_those_of_the_benchmarks() -> None:
    figures = json.loads((REPOSITORY / "benchmarks/figures.json").read_text())
    code = "".join(path.read_text() for path in (REPOSITORY / "benchmarks").glob("*.py"))
    constants = re.findall(r"^[A-Z_]+(?:, [A-Z_]+)* = ([\d., ]+)", code, re.M)
    stated = {float(limit) for line in constants for limit in re.findall(r"[\d.]+", line)}
    assert {figure["limit"] for figure in figures if figure["limit"] is not None} <= stated


def test_the_support_matrix_is_of_the_versions_that_are_pinned() -> None:
    page = (REPOSITORY / "docs/support-matrix.md").read_text()
    said = re.search(r"^Run on Linux with (.+)\.$", page, re.M)
    assert said
    pinned = (REPOSITORY / "constraints.txt").read_text().splitlines()
    stale = [told for told in said[1].split(", ") if told.replace(" ", "==") not in pinned]
    assert stale == [], "run `make test-cluster`, which writes the page"


def test_every_line_of_the_support_matrix_is_compared_by_a_test() -> None:
    page = (REPOSITORY / "docs/support-matrix.md").read_text()
    lines = re.findall(r"^\| ([A-Z][^|]+) \|", page, re.M)
    code = "".join(path.read_text() for path in (REPOSITORY / "lakehouse_assets_tests/parity").glob("*.py"))
    whole = re.sub(r'"\s*\n\s*"', "", code)
    assert len(lines) > 5
    assert [line for line in lines if line not in whole] == []
