"""Figures out of their usual band: a median and a spread that a few odd values do not move. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from sensors.alerts.problem import Problem

ENOUGH = 10  # figures to compare with, or nothing is said
WIDTH = 6.0  # spreads from the median to the edge of the band
# The median of absolute deviations of a normal distribution, times this, is its standard deviation.
TO_DEVIATION = 1.4826


@dataclass(frozen=True)
class Band:
    """From where to where a figure is usual."""

    low: float
    usual: float
    high: float


@dataclass(frozen=True)
class Sample:
    """What one run told of one partition; None of what it did not tell."""

    id: int  # of its event: greater is later
    slot: str
    run: str
    rows: float | None = None
    quarantined: float | None = None
    seconds: float | None = None


def band(past: Sequence[float], share: float, least: float) -> Band | None:
    """The band of figures like these; None without `ENOUGH` of them.

    Its half is never less than this share of the median, nor than `least`: figures that hardly vary would else
    make a band that everything is out of.
    """
    if len(past) < ENOUGH:
        return None
    middle = median(past)
    spread = TO_DEVIATION * median(abs(value - middle) for value in past)
    half = max(WIDTH * spread, share * abs(middle), least)
    return Band(middle - half, middle, middle + half)


def unusual(table: str, samples: Iterable[Sample], seen: int) -> list[Problem]:
    """What is out of its band in samples later than the event `seen`, against all others of the table.

    Of a partition made again only the last counts; each run of a table without partitions does. Rows may be too few
    or too many, quarantined rows and seconds too many. Seconds are compared among runs of as many partitions.
    """
    latest: dict[str, Sample] = {}
    for sample in sorted(samples, key=lambda s: s.id):
        latest[sample.slot or str(sample.id)] = sample
    found = list(latest.values())
    sizes = Counter(sample.run for sample in found)
    # A run of many partitions tells the same seconds of each.
    runs = {sample.run: sample for sample in found if sample.seconds is not None}
    alike = {run: (sample, sizes[run]) for run, sample in runs.items()}
    return [
        problem
        for problem in (
            _problem("volume unusual", table, [(s, s.rows, 0) for s in found], seen, 0.5, 5, both=True),
            _problem("quarantine growing", table, [(s, s.quarantined, 0) for s in found], seen, 1.0, 10),
            _problem("duration unusual", table, [(s, s.seconds, n) for s, n in alike.values()], seen, 1.0, 5),
        )
        if problem
    ]


def _problem(
    kind: str,
    table: str,
    figures: Sequence[tuple[Sample, float | None, int]],
    seen: int,
    share: float,
    least: float,
    *,
    both: bool = False,
) -> Problem | None:
    """The problem of the samples that are out of the band of those of the same group; each with its group."""
    known = [(sample, value, group) for sample, value, group in figures if value is not None]
    out: list[tuple[Sample, float, Band]] = []
    for sample, value, group in known:
        if sample.id <= seen:
            continue
        usual = band([v for s, v, g in known if g == group and s is not sample], share, least)
        if usual and (value > usual.high or (both and value < usual.low)):
            out.append((sample, value, usual))
    if not out:
        return None
    sample, value, usual = max(out, key=lambda o: o[0].id)
    return Problem(
        kind,
        table,
        names=tuple(s.slot for s, _, _ in out if s.slot),
        count=len(out),
        figures={"found": value, "usual": usual.usual, "at_least": max(0.0, usual.low), "at_most": usual.high}
        if both
        else {"found": value, "usual": usual.usual, "at_most": usual.high},
        path=f"/runs/{sample.run}" if sample.run else "",
    )
