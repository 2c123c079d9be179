"""Plots as SVG: what they show is what they were given."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.operate.report import plots
from lakehouse_assets.operate.report.plots import MOST_CELLS, Bar

COUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=400)


def drawn(svg: object) -> ElementTree.Element:
    return ElementTree.fromstring(str(svg))


@given(COUNTS)
def test_every_partition_with_rows_is_a_column_as_high_as_its_share_of_the_most(counts: list[int]) -> None:
    svg = drawn(plots.over_partitions([(f"p{i}", float(n), 0.0) for i, n in enumerate(counts)], "t", height=100))
    path = svg.find("path[@class='accepted']").get("d")
    tops = [float(top) for top in re.findall(r"V([\d.]+)h", path)]
    held = [n for n in counts if n]
    assert len(tops) == len(held)
    assert all(top == pytest.approx(100 - 100 * n / max(held), abs=0.06) for top, n in zip(tops, held, strict=True))


@given(st.dictionaries(st.integers(0, 999), st.integers(1, 10**6), max_size=60), st.integers(1, 1000))
def test_no_failure_is_lost_however_many_partitions_share_a_cell(failures: dict[int, int], count: int) -> None:
    keys = [f"p{i}" for i in range(count)]
    cells = {f"p{i}": n for i, n in failures.items() if i < count}
    svg = drawn(plots.heat(cells, keys, "t", "row"))
    told = [title.text or "" for title in svg.iter("title")]
    assert sum(int(text.split(": ")[1].split()[0].replace(",", "")) for text in told) == sum(cells.values())
    assert len(told) <= MOST_CELLS


def test_parts_of_a_bar_lie_one_after_the_other_and_the_longest_fills_the_room() -> None:
    svg = drawn(plots.bars([Bar("a", {"read": 1, "judge": 3}, "4 s"), Bar("b", {"read": 1, "judge": 1}, "2 s")], "t"))
    boxes = [(float(r.get("x", 0)), float(r.get("width", 0))) for r in svg.iter("rect")]
    assert boxes[1][0] == pytest.approx(boxes[0][0] + boxes[0][1])
    assert boxes[0][1] + boxes[1][1] == pytest.approx(2 * (boxes[2][1] + boxes[3][1]))


def test_what_is_overdrawn_is_of_another_colour_and_never_leaves_its_frame() -> None:
    for used, kind in ((0.5, "accepted"), (1.5, "rejected"), (900.0, "rejected")):
        bar = drawn(plots.gauge(used, "t", width=100)).find(f"rect[@class='{kind}']")
        assert bar is not None
        assert float(bar.get("width", 0)) == pytest.approx(min(50 * used, 100))
