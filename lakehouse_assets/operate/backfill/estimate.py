"""What a backfill will take, from what past runs took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakehouse_assets.operate.backfill.chunks import Chunk

START_SECONDS = 4.0  # of a run before its first step and after its last: a process, its imports, its engine


@dataclass(frozen=True)
class Past:
    """One table's part in a past run: how many partitions it made, of how many rows, in how many seconds."""

    partitions: int
    rows: int
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """What some runs will take; `unknown` are the tables, by id, that no past run tells of, and are not in it."""

    runs: int
    rows: float = 0.0
    seconds: float = 0.0
    cost: float | None = None
    unknown: tuple[str, ...] = ()


def estimate(
    chunks: Sequence[Chunk], past: Mapping[str, Sequence[Past]], rate_per_hour: float | None = None
) -> Estimate:
    """The rows and seconds of these runs, one after the other; the cost where a rate is declared.

    A table's step takes what its past runs took of fixed time and for each partition.
    """
    rows = seconds = 0.0
    unknown: dict[str, None] = {}
    for chunk in chunks:
        seconds += START_SECONDS
        for table in chunk.tables:
            known = past.get(table.id, ())
            if not known:
                unknown[table.id] = None
                continue
            count = len(chunk.keys) or 1
            rows += count * rows_per_partition(known)
            fixed, each = fit(known)
            seconds += fixed + count * each
    cost = None if rate_per_hour is None else seconds / 3600 * rate_per_hour
    return Estimate(len(chunks), rows, seconds, cost, tuple(unknown))


def rows_per_partition(past: Sequence[Past]) -> float:
    """The rows of a partition, by all past runs together."""
    return sum(run.rows for run in past) / sum(run.partitions for run in past)


def fit(past: Sequence[Past]) -> tuple[float, float]:
    """Fixed seconds of a step and seconds for each partition, neither below zero, that fit past runs best.

    Runs of one size cannot tell the two apart: then all of it is counted for the partitions.
    """
    sizes = [run.partitions for run in past]
    seconds = [run.seconds for run in past]
    if len(set(sizes)) > 1:
        mean_size, mean_seconds = sum(sizes) / len(sizes), sum(seconds) / len(seconds)
        spread = sum((n - mean_size) ** 2 for n in sizes)
        each = sum((n - mean_size) * (s - mean_seconds) for n, s in zip(sizes, seconds, strict=True)) / spread
        fixed = mean_seconds - each * mean_size
        if each < 0:
            return median(seconds), 0.0
        if fixed >= 0:
            return fixed, each
    return 0.0, sum(seconds) / sum(sizes)


def total(estimates: Iterable[Estimate]) -> Estimate:
    """All of them together."""
    parts = list(estimates)
    costs = [part.cost for part in parts if part.cost is not None]
    return Estimate(
        sum(part.runs for part in parts),
        sum(part.rows for part in parts),
        sum(part.seconds for part in parts),
        sum(costs) if costs else None,
        tuple(dict.fromkeys(name for part in parts for name in part.unknown)),
    )
