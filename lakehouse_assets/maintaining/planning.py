"""What is due of a table by its policy and its figures, worst first. Nothing is read or written here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from lakehouse_assets.maintaining.scoring import by_slot, small_file_score, unclustered_share

if TYPE_CHECKING:
    from lakehouse_assets.maintaining.figures import Figures
    from lakehouse_assets.policies.maintenance import Maintenance

Kind = Literal["properties", "statistics", "compact", "cluster", "checkpoint", "clean log", "vacuum"]
KINDS: tuple[Kind, ...] = ("properties", "statistics", "compact", "cluster", "checkpoint", "clean log", "vacuum")


@dataclass(frozen=True)
class Task:
    """One thing to do. `urgency` is the figure by its threshold: from 1 on it is due, and greater is worse.

    `slots` are the partitions that it is about, worst first; none for the table as a whole.
    """

    kind: Kind
    urgency: float
    why: str
    slots: tuple[str, ...] = ()


def plan(
    figures: Figures, policy: Maintenance, wanted: Mapping[str, str], now: datetime, held: Collection[int] = ()
) -> list[Task]:
    """The tasks that are due, worst first, but for vacuum. `wanted` are the properties that the table should have.

    `held` are older versions that must stay readable, so the log is not cleaned past them.
    """
    found = [*_files(figures, policy), *_log(figures, policy, now, held)]
    other = {name: value for name, value in wanted.items() if figures.properties.get(name) != value}
    if other:
        names = ", ".join(name.removeprefix("delta.") for name in other)
        found.append(Task("properties", 1.0, f"not as declared: {names}"))
    return sorted(found, key=lambda task: (-task.urgency, KINDS.index(task.kind)))


def vacuum_task(files: int, size_bytes: int, figures: Figures) -> Task | None:
    """The task of deleting files: due wherever there are any, worse by their share of what the table holds."""
    if not files:
        return None
    stored = sum(piece.size_bytes for piece in figures.pieces)
    why = f"{files:,} files, {size_bytes / 1e6:,.1f} MB, that no kept version needs"
    return Task("vacuum", 1.0 + size_bytes / max(1, stored), why)


def _files(figures: Figures, policy: Maintenance) -> Iterable[Task]:
    slots = by_slot(figures.pieces)
    bare = [piece for piece in figures.pieces if not piece.with_statistics]
    if bare:
        why = f"{len(bare):,} files have no statistics, so no reader can skip them"
        yield Task("statistics", 1.0 + len(bare) / len(figures.pieces), why)
    loose = _over(
        {slot: unclustered_share(pieces, policy.file_bytes) for slot, pieces in slots.items()},
        policy.cluster_share if policy.cluster_by else float("inf"),
    )
    if loose:
        worst = next(iter(loose.values()))
        why = f"{worst:.0%} of {len(loose):,} partitions' bytes not yet by {', '.join(policy.cluster_by)}"
        yield Task("cluster", worst / policy.cluster_share, why, tuple(loose))
    small = _over(
        {
            slot: small_file_score([p.size_bytes for p in pieces], policy.file_bytes)
            for slot, pieces in slots.items()
            if slot not in loose  # putting rows together joins files, too
        },
        policy.small_file_score,
    )
    if small:
        worst = next(iter(small.values()))
        why = (
            f"up to {worst:.0f} small files for one, in {len(small):,} partitions; due from {policy.small_file_score:g}"
        )
        yield Task("compact", worst / policy.small_file_score, why, tuple(small))


def _over(figures: Mapping[str, float], threshold: float) -> dict[str, float]:
    """The partitions at a threshold or over it, worst first."""
    due = {slot: figure for slot, figure in figures.items() if figure >= threshold}
    return dict(sorted(due.items(), key=lambda item: (-item[1], item[0])))


def _log(figures: Figures, policy: Maintenance, now: datetime, held: Collection[int]) -> Iterable[Task]:
    since = figures.commits_since_checkpoint
    if since >= policy.checkpoint_commits:
        yield Task("checkpoint", since / policy.checkpoint_commits, f"{since:,} commits since the last checkpoint")
    old = expired(figures, timedelta(days=policy.log_days), now)
    if old and not any(version <= max(old) for version in held):
        yield Task("clean log", 1.0, f"{len(old):,} commits are older than {policy.log_days} days")


def expired(figures: Figures, keep: timedelta, now: datetime) -> list[int]:
    """The commits that are older than the log is kept, and that the present version can do without."""
    return [version for version, at in figures.commits.items() if now - at > keep and version < figures.version]
