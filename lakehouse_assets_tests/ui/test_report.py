"""The report in a real browser without network: in light and dark, by keyboard, on a narrow screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from lakehouse_assets.operate.report.page import render
from lakehouse_assets_tests.operate.report.a_lake import NASTY, a_lake
from lakehouse_assets_tests.ui.conftest import a_browser

pytestmark = pytest.mark.browser

# Of every element with text of its own: how it differs from what it lies on, as WCAG reckons contrast.
CONTRASTS = """() => {
  const channels = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => { const [r, g, b] = channels(c).map(v => v / 255).map(
    v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (channels(c).length === 3 || channels(c)[3] === 1) return c; } return 'rgb(255, 255, 255)'; };
  return [...document.body.querySelectorAll('*')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.getClientRects().length)
    .filter(e => e.tagName !== 'title')
    .map(e => { const style = getComputedStyle(e), text = e.closest('svg') ? style.fill : style.color;
      const [a, b] = [light(text), light(ground(e))].sort((x, y) => y - x);
      return [(a + .05) / (b + .05), e.textContent.trim().slice(0, 40)]; });
}"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of 20 tables with a year of partitions, one of them with a name that is meant to break a page."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(a_lake(name=f"silver/{NASTY[:4]}t")), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The report as it is shown to who prefers light, or dark; whatever it asks for or complains of fails the test."""
    context = browser.new_context(color_scheme=request.param, offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    heard: list[str] = []
    page.on("request", lambda asked: heard.append(asked.url))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(report.as_uri())
    yield page
    assert heard == [report.as_uri()]
    context.close()


def test_it_is_light_or_dark_as_the_reader_prefers_and_every_text_can_be_read(page: Page) -> None:
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 150) is dark
    found = page.evaluate(CONTRASTS)
    assert len(found) > 300
    assert [(round(ratio, 1), text) for ratio, text in found if ratio < 4.5] == []


def test_by_keyboard_the_first_stop_skips_to_what_needs_attention_and_links_lead_to_their_table(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to what needs attention"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") > 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#attention")
    page.locator(".concerns a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('tr:target') !== null")
    assert page.locator("tr:target th").inner_text() == page.locator(".concerns a").first.inner_text()


def test_all_of_it_is_drawn_and_nothing_sticks_out_on_a_narrow_screen(page: Page) -> None:
    empty = "[...document.querySelectorAll('svg')].filter(s => s.getBoundingClientRect().height < 8).length"
    assert page.locator("svg").count() > 60
    assert page.evaluate(empty) == 0
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
