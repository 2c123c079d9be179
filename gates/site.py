"""A hook of the site's generator: the pages that there are, in an order for readers.

A page that nobody has placed here stands under "More", so that a new page needs no edit.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mkdocs.config.defaults import MkDocsConfig

SECTIONS = {
    "Begin": ("start", "tables", "sources", "backfills", "checks"),
    "Run it": ("operate", "automation", "seeing", "alerts", "maintenance", "releases", "environments", "upgrade"),
    "Where it runs": ("stores", "engines", "cluster", "databricks", "clouds", "scaling", "support-matrix"),
    "Trust it": ("guarantees", "bad-data", "secure", "delivery", "licences", "mutation"),
    "Cost and speed": ("pay", "speed"),
    "How it is made": ("architecture", "glossary"),
}
HOME, DECISIONS, REST = "index", "Decisions", "More"


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
    config.nav = nav_of(str(page.relative_to(docs)) for page in docs.rglob("*.md"))
    return config
