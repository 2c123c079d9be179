"""What the pages claim must be there: files they link to, tests that they name, commands that they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lakehouse_assets.cli.main import app

REPOSITORY = Path(__file__).parent.parent
PAGES = sorted([REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *REPOSITORY.glob("docs/**/*.md")])


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
    missing = [
        n for n in named if not ((tests / n).exists() or (n in known) or (REPOSITORY / "lakehouse_assets" / n).exists())
    ]
    assert missing == []


def test_every_command_that_the_readme_lists_exists_and_every_command_is_listed() -> None:
    listed = {name.split()[0] for name in re.findall(r"^\| `([a-z]+)", (REPOSITORY / "README.md").read_text(), re.M)}
    commands = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    commands |= {group.name for group in app.registered_groups}
    assert commands <= listed
