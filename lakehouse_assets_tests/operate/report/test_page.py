"""The page of the report: complete in itself, escaped, and as fast as it is said to be."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html.parser import HTMLParser

from lakehouse_assets.operate.report.facts import Facts
from lakehouse_assets.operate.report.page import render
from lakehouse_assets_tests.operate.report.a_lake import DAYS, NASTY, NOW, a_lake

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Reads a page as a browser would: its elements, what is inside what, and every attribute."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_it_needs_nothing_but_itself_and_runs_no_script() -> None:
    page = render(a_lake())
    reader = Reader(page)
    assert reader.open == []
    assert not reader.all("script")
    links = [v for _, attrs in reader.elements for k, v in attrs.items() if k in ("href", "src", "xlink:href") and v]
    assert {link.split(":")[0] for link in links if not link.startswith("#")} == {"data"}
    assert "url(" not in page
    assert "@import" not in page
    assert not [name for _, attrs in reader.elements for name in attrs if name.startswith("on")]


def test_every_link_leads_somewhere_and_every_plot_and_section_has_a_name() -> None:
    reader = Reader(render(a_lake()))
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = {a["href"] for a in reader.all("a")}
    assert {str(href).removeprefix("#") for href in wanted} <= set(ids)
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in reader.all("svg"))
    assert all(section["aria-labelledby"] in ids for section in reader.all("section"))
    assert all(th.get("scope") for th in reader.all("th"))


def test_names_are_text_whatever_they_hold() -> None:
    plain, nasty = Reader(render(a_lake(2))), Reader(render(a_lake(2, name=NASTY)))
    kinds = [[tag for tag, _ in reader.elements] for reader in (plain, nasty)]
    assert kinds[0] == kinds[1]
    assert NASTY + "0" in [text.strip() for text in nasty.text]
    assert not nasty.all("img")


def test_a_year_of_twenty_tables_is_small_and_quick() -> None:
    facts = a_lake()
    assert (len(facts.tables), len(facts.tables[0].partitions)) == (20, 365)
    render(facts)  # the template is read once
    started = time.thread_time()  # not what threads of earlier tests compute meanwhile
    page = render(facts)
    assert time.thread_time() - started < 2
    assert len(page) < 1_500_000


def test_what_is_wrong_is_said_first_and_the_worst_of_it_first_of_all() -> None:
    page = render(a_lake(8))
    levels = re.findall(r'class="level (\w+)">([\w ]+)<', page)
    order = [level for _, level in levels]
    assert order == sorted(order, key=("late", "refused", "out of date", "rejects", "maintain", "warns").index)
    assert set(levels) == {
        ("bad", "refused"), ("warn", "out of date"), ("warn", "rejects"), ("warn", "maintain"), ("warn", "warns"),
    }  # fmt: skip
    assert "checkpoint the quarantine: 60 commits since the last checkpoint" in page
    assert "made 27 h ago, promised within 24 h" in render(a_lake(12))


def test_runs_that_failed_are_told_with_what_refused_them() -> None:
    page = render(a_lake(2, days=DAYS[:4]))
    rows = re.findall(r"<tr><th scope=\"row\">(\d+ h ago)</th>(.*)</tr>", page)
    told = [(ago, *re.findall(r'<td class="text">([^<]*)</td>', cells)) for ago, cells in rows]
    assert told == [
        ("2 h ago", "silver/t0", DAYS[0], "silver/t0 rule_silver/t", "0a1b"),
        ("5 h ago", "silver/t0, silver/t1", f"{DAYS[0]} to {DAYS[3]}", "nothing: it broke off", "3d4e"),
    ]


def test_without_a_declared_rate_seconds_are_shown_and_how_to_declare_one() -> None:
    page = render(a_lake(3, rate=None))
    assert "LAKEHOUSE_RATE_EMBEDDED" in page
    assert "33 s" in page  # 10 + 11 + 12
    assert "Cost" not in page
    assert "LAKEHOUSE_RATE_EMBEDDED" not in render(a_lake(3))


def test_an_empty_lake_has_a_page_too() -> None:
    page = render(Facts("/srv/lake", NOW, NOW, (), ()))
    assert Reader(page).open == []
    for said in (
        "Nothing: every table is fresh",
        "No run is recorded",
        "It is empty",
        "<p>None.</p>",
        "None: every rule",
    ):
        assert said in page


def test_a_table_that_was_never_published_is_on_it() -> None:
    facts = a_lake(1)
    empty = replace(facts.tables[0], health=type(facts.tables[0].health)(), quarantined={}, failing=())
    page = render(replace(facts, tables=(empty,), runs=()))
    assert "never" in page


def test_a_table_without_partitions_is_one_cell() -> None:
    page = render(a_lake(1, days=("",) * 4))
    assert Reader(page).open == []
    assert DAYS[0] not in page
