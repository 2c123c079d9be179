"""A hook of the site's generator: the pages that there are, in an order for readers.

A page that nobody has placed here stands under "More", so that a new page needs no edit. Pictures that `make
screenshots` has made are a page of their own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

SECTIONS = {
    "Begin": ("start", "tables", "sources", "backfills", "checks"),
    "Run it": ("operate", "automation", "seeing", "alerts", "maintenance", "releases", "environments", "upgrade"),
    "Where it runs": ("stores", "engines", "cluster", "databricks", "clouds", "scaling", "support-matrix"),
    "Trust it": ("guarantees", "bad-data", "secure", "delivery", "licences", "vulnerabilities", "mutation"),
    "Cost and speed": ("pay", "speed"),
    "How it is made": ("architecture", "glossary"),
}
HOME, DECISIONS, REST = "index", "Decisions", "More"
CLOUDS = "terraform/README.md"  # lies with what it is about, and is a page like any other
PICTURES, SEEN = "build/screenshots", "screens"


def nav_of(pages: Iterable[str]) -> list[dict[str, Any]]:
    """The navigation over these pages, named by their paths below docs/; every one of them stands in it once."""
    left = sorted(set(pages))
    nav: list[dict[str, Any]] = [{"Home": f"{HOME}.md"}] if f"{HOME}.md" in left else []
    for title, names in SECTIONS.items():
        there = [f"{name}.md" for name in names if f"{name}.md" in left]
        if there:
            nav.append({title: there})
    placed = {f"{name}.md" for names in SECTIONS.values() for name in names} | {f"{HOME}.md"}
    rest = [page for page in left if page not in placed and not page.startswith("adr/")]
    if rest:
        nav.append({REST: rest})
    if decisions := [page for page in left if page.startswith("adr/")]:
        nav.append({DECISIONS: decisions})
    return nav


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Called by the generator before it builds."""
    docs = Path(config.docs_dir)
    pages = [str(page.relative_to(docs)) for page in docs.rglob("*.md")]
    if Path(config.docs_dir).parent.joinpath(CLOUDS).exists():
        pages.append("clouds.md")
    config.nav = nav_of([*pages, *([f"{SEEN}.md"] if _pictures(config) else [])])
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Called by the generator once it knows the files: the pictures join them, and a page that shows them."""
    from mkdocs.structure.files import File

    clouds = Path(config.docs_dir).parent / CLOUDS
    if clouds.exists():
        files.append(File.generated(config, "clouds.md", content=_alone(clouds.read_text())))
    pictures = _pictures(config)
    for picture in pictures:
        files.append(File.generated(config, f"{SEEN}/{picture.name}", abs_src_path=str(picture)))
    if pictures:
        files.append(File.generated(config, f"{SEEN}.md", content=_page(picture.stem for picture in pictures)))
    return files


def _alone(text: str) -> str:
    """A page that lies outside the documentation, without its links to what lies there, too."""
    return re.sub(r"\[([^\]]+)\]\((?!https?://|#)[^)]+\)", r"\1", text)


def _page(names: Iterable[str]) -> str:
    shown = [f"## {name.replace('_', ' ').capitalize()}\n![{name}]({SEEN}/{name}.png)\n" for name in names]
    return "\n".join(["# What a browser shows\nBy the tests of the UI, over three days of the demo.\n", *shown])


def _pictures(config: MkDocsConfig) -> list[Path]:
    return sorted(Path(config.docs_dir).parent.joinpath(PICTURES).glob("*.png"))
