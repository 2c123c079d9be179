"""The documentation as a site: every page in its place once, and nothing is fetched when one is looked at."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.site import SECTIONS, nav_of

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted(str(page.relative_to(REPOSITORY / "docs")) for page in (REPOSITORY / "docs").rglob("*.md"))


@given(st.sets(st.sampled_from([*PAGES, "new.md", "adr/9999-new.md", "deep/page.md"])))
def test_every_page_stands_in_the_navigation_once_wherever_it_comes_from(pages: set[str]) -> None:
    placed: list[str] = []
    for entry in nav_of(pages):
        ((_, found),) = entry.items()
        placed += [found] if isinstance(found, str) else found
    assert sorted(placed) == sorted(pages)


def test_what_somebody_who_is_new_looks_for_is_there() -> None:
    asked_for = "start tables sources backfills checks operate secure pay upgrade architecture glossary"
    wanted = set(asked_for.split())
    assert {f"{page}.md" for page in wanted} <= set(PAGES)
    assert wanted <= {name for names in SECTIONS.values() for name in names}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly."""
    folder = tmp_path_factory.mktemp("site")
    command = [Path(sys.executable).with_name("mkdocs"), "build", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_it_is_built_without_a_broken_link(site: Path) -> None:
    built = {str(page.relative_to(site).with_suffix(".md")) for page in site.rglob("*.html")}
    assert built - {"404.md", "screens.md", "clouds.md"} == set(PAGES)


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    fetched = {
        address
        for page in site.rglob("*.html")
        for address in re.findall(
            r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"?(https?:)?//[^\" >]+", page.read_text()
        )
    }
    assert fetched == set()
