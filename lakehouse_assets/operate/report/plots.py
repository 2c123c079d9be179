"""Plots as SVG, to stand inside a page whose style sheet colours them. Pure; every text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_SIZES = 11  # columns of a histogram: from 1 kB to 1 GB in powers of four
MOST_CELLS = 90  # columns of a heat map; more partitions share them


@dataclass(frozen=True)
class Bar:
    """A horizontal bar: what it is called, its parts by class, and what is written at its end."""

    name: str
    parts: Mapping[str, float]
    said: str
    href: str = ""

    @property
    def length(self) -> float:
        """All parts together."""
        return sum(self.parts.values())


def over_partitions(
    points: Sequence[tuple[str, float, float]], title: str, width: int = 340, height: int = 72
) -> Markup:
    """Columns over partitions, of two values each, the second on top: one path for each, however many there are."""
    tallest = max((low + high for _, low, high in points), default=0) or 1
    step = width / max(1, len(points))
    low = _columns([(0.0, a) for _, a, _ in points], step, height, tallest)
    high = _columns([(a, b) for _, a, b in points], step, height, tallest)
    marks = [
        Markup('<circle class="mark" cx="{:.1f}" cy="{:.1f}" r="2.5"><title>{}: {}</title></circle>').format(
            (i + 0.5) * step, height - height * a / tallest, key, f"{a:,.0f}"
        )
        for i, (key, a, _) in _notable(points)
    ]
    return _svg(
        width,
        height,
        title,
        [
            Markup('<path class="accepted" d="{}"/>').format(low),
            Markup('<path class="rejected" d="{}"/>').format(high) if high else Markup(""),
            Markup('<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(height, width),
            *marks,
        ],
    )


def heat(
    cells: Mapping[str, float], keys: Sequence[str], title: str, what: str, width: int = 640, height: int = 16
) -> Markup:
    """A strip of cells over partitions, the darker the more; partitions share a cell where there are very many."""
    share = max(1, ceil(len(keys) / MOST_CELLS))
    groups = [keys[i : i + share] for i in range(0, len(keys), share)]
    sums = [sum(cells.get(key, 0.0) for key in group) for group in groups]
    most = max(sums, default=0) or 1
    step = width / len(groups) if len(keys) > 1 else height  # a table without partitions is one small cell
    cell = Markup(
        '<rect class="heat" x="{:.1f}" width="{:.1f}" height="{}" style="--heat:{:.2f}"><title>{}</title></rect>'
    )
    drawn = [
        cell.format(i * step, max(1.5, step - 1), height, 0.25 + 0.75 * value / most, _told(groups[i], value, what))
        for i, value in enumerate(sums)
        if value
    ]
    ground = Markup('<rect class="ground" x="0" y="0" width="{}" height="{}"/>').format(
        width if len(keys) > 1 else height, height
    )
    return _svg(width, height, title, [ground, *drawn])


def bars(rows: Sequence[Bar], title: str, width: int = 820, label: int = 250, said: int = 130) -> Markup:
    """Horizontal bars, each with its name before it and its figure behind it."""
    longest = max((bar.length for bar in rows), default=0) or 1
    room, line = width - label - said, 26
    drawn: list[Markup] = []
    for i, bar in enumerate(rows):
        y, x = i * line, float(label)
        name = Markup('<text class="name" x="{}" y="{}" text-anchor="end">{}</text>').format(
            label - 10, y + 17, _short(bar.name)
        )
        drawn.append(Markup('<a href="{}">{}</a>').format(bar.href, name) if bar.href else name)
        for kind, value in bar.parts.items():
            long = room * value / longest
            if long > 0:
                drawn.append(
                    Markup(
                        '<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="14" rx="1"><title>{}</title></rect>'
                    ).format(kind, x, y + 6, max(long, 0.5), f"{bar.name}, {kind}: {value:,.4g}")
                )
            x += long
        drawn.append(Markup('<text class="figure" x="{:.1f}" y="{}">{}</text>').format(x + 8, y + 17, bar.said))
    return _svg(width, max(1, len(rows)) * line, title, drawn)


def gauge(used: float, title: str, width: int = 110, height: int = 12) -> Markup:
    """How much of what was promised is used up: half of the width is all of it, beyond that it is overdrawn."""
    kind, long = "rejected" if used > 1 else "accepted", width * min(max(used, 0.02), 2) / 2
    return _svg(
        width,
        height,
        title,
        [
            Markup('<rect class="ground" width="{}" height="{}"/>').format(width, height),
            Markup('<rect class="{}" width="{:.1f}" height="{}"/>').format(kind, long, height),
            Markup('<line class="limit" x1="{0}" y1="-3" x2="{0}" y2="{1}"/>').format(width / 2, height + 3),
        ],
    )


def sizes(counts: Sequence[int], title: str, width: int = 110, height: int = 14) -> Markup:
    """A small histogram, of as many columns for every table, so that they can be compared."""
    counts = [*counts[: MOST_SIZES - 1], sum(counts[MOST_SIZES - 1 :])]
    most, step = max(counts) or 1, width / MOST_SIZES
    axis = Markup('<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(height, width)
    return _svg(
        width,
        height,
        title,
        [
            axis,
            *(
                Markup('<rect class="accepted" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                    i * step, height - max(1.5, height * n / most), step - 1, max(1.5, height * n / most)
                )
                for i, n in enumerate(counts)
                if n
            ),
        ],
    )


def _columns(spans: Iterable[tuple[float, float]], step: float, height: int, tallest: float) -> str:
    parts = []
    for i, (below, value) in enumerate(spans):
        if value > 0:
            top, foot = height * (1 - (below + value) / tallest), height * (1 - below / tallest)
            wide = max(0.6, step * 0.86)
            parts.append(f"M{i * step:.1f} {foot:.1f}V{top:.1f}h{wide:.1f}V{foot:.1f}z")
    return "".join(parts)


def _notable(points: Sequence[tuple[str, float, float]]) -> list[tuple[int, tuple[str, float, float]]]:
    """The least, the most and the last: what a reader would point at."""
    held = [(i, point) for i, point in enumerate(points) if point[1]]
    if len(held) < 2:
        return []
    chosen = {min(held, key=lambda h: h[1][1])[0], max(held, key=lambda h: h[1][1])[0], held[-1][0]}
    return [(i, point) for i, point in held if i in chosen]


def _svg(width: int, height: int, title: str, parts: Iterable[Markup]) -> Markup:
    return Markup(
        '<svg class="plot" viewBox="0 -4 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(width, height + 8, width, height + 8, title, Markup("").join(parts))


def _short(name: str) -> str:
    return name if len(name) <= 34 else name[:33] + "\N{HORIZONTAL ELLIPSIS}"


def _told(keys: Sequence[str], value: float, what: str) -> str:
    return f"{_span(keys)}: {value:,.0f} {what}{'' if value == 1 else 's'}"


def _span(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} to {keys[-1]}"
