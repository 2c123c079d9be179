"""What is due of a table and of its quarantine: figures, tasks and what can be deleted, looked up and not yet done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lakehouse_assets.declare.targets import target_of
from lakehouse_assets.maintaining.figures import Figures, read_figures
from lakehouse_assets.maintaining.guard import Override, retention
from lakehouse_assets.maintaining.log import wanted_properties
from lakehouse_assets.maintaining.named import named_versions, versions_of_quarantine
from lakehouse_assets.maintaining.planning import KINDS, Kind, Task, expired, plan, vacuum_task
from lakehouse_assets.maintaining.scoring import by_slot, small_file_score, unclustered_share
from lakehouse_assets.maintaining.vacuum import Deletable, find_deletable
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets.publish.quarantine import quarantine_schema

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.ops.tables import OpsTable
    from lakehouse_assets.settings import Settings

OF_RECORDS = Maintenance(small_file_score=32.0)  # of the tables of `ops`, which gain a file an hour


@dataclass(frozen=True)
class Wish:
    """What a user asks of maintenance: which tasks, and how long a vacuum keeps files where not as declared."""

    kinds: Collection[Kind] = KINDS
    keep: timedelta | None = None
    override: Override | None = None


@dataclass(frozen=True)
class Upkeep:
    """What is due at one place, a table or its quarantine, worst first. `held` says why something is left."""

    id: str
    url: str
    policy: Maintenance
    properties: dict[str, str]
    figures: Figures
    tasks: tuple[Task, ...] = ()
    deletable: Deletable | None = None
    held: tuple[str, ...] = ()

    @property
    def urgency(self) -> float:
        """That of the worst task; 0 where nothing is due."""
        return max((task.urgency for task in self.tasks), default=0.0)

    @property
    def numbers(self) -> dict[str, float]:
        """The figures by which one sees whether maintenance has helped."""
        return numbers_of(self.figures, self.policy)


def survey(table: Table, settings: Settings, wish: Wish | None = None, now: datetime | None = None) -> list[Upkeep]:
    """What is due of a table and of its quarantine now; nothing of what was never published.

    Raises GuardError for a retention below the guard that nobody answers for.
    """
    wish, now, target = wish or Wish(), now or datetime.now(UTC), target_of(table, settings)
    named = named_versions(settings, table.id)
    wanted = wanted_properties(table.maintenance, table.schema, target.column)
    found = [_look(table.id, target.url, table.maintenance, wanted, named, wish, now)]
    policy = table.maintenance.of_quarantine
    wanted = wanted_properties(policy, quarantine_schema(), None)
    releases = sorted({release for names in named.values() for release in names})
    rejected = dict.fromkeys(versions_of_quarantine(target, named), releases)
    found.append(_look(f"quarantine/{table.parameter}", target.quarantine_url, policy, wanted, rejected, wish, now))
    return [one for one in found if one is not None]


def survey_records(table: OpsTable, settings: Settings) -> Upkeep | None:
    """What is due of a table of `ops` now; None where it was never published."""
    policy, named = OF_RECORDS, named_versions(settings, table.id)
    wanted = wanted_properties(policy, table.schema, None)
    return _look(table.id, table.url(settings), policy, wanted, named, Wish(), datetime.now(UTC))


def _look(
    name: str,
    url: str,
    policy: Maintenance,
    wanted: dict[str, str],
    named: dict[int, list[str]],
    wish: Wish,
    now: datetime,
) -> Upkeep | None:
    figures = read_figures(url, policy)
    if figures is None:
        return None
    tasks = plan(figures, policy, wanted, now, named)
    deletable = None
    if "vacuum" in wish.kinds:
        kept = retention(policy, feed=figures.feed, asked=wish.keep, override=wish.override, where=name)
        deletable = find_deletable(url, kept, named, now)
        vacuum = vacuum_task(len(deletable.paths), deletable.size_bytes, figures) if deletable else None
        tasks += [vacuum] if vacuum else []
    chosen = sorted((t for t in tasks if t.kind in wish.kinds), key=lambda task: -task.urgency)
    return Upkeep(name, url, policy, wanted, figures, tuple(chosen), deletable, _held(figures, policy, named, now))


def _held(figures: Figures, policy: Maintenance, named: dict[int, list[str]], now: datetime) -> tuple[str, ...]:
    old = expired(figures, timedelta(days=policy.log_days), now)
    return tuple(
        f"the log is kept, because {' and '.join(releases)} names version {version}"
        for version, releases in sorted(named.items())
        if old and version <= max(old)
    )[:1]


def numbers_of(figures: Figures, policy: Maintenance) -> dict[str, float]:
    """The figures by which one sees whether maintenance has helped; scores are those of the worst partition."""
    slots = by_slot(figures.pieces).values()
    size = policy.file_bytes
    return {
        "files": len(figures.pieces),
        "bytes": sum(piece.size_bytes for piece in figures.pieces),
        "small_file_score": round(
            max((small_file_score([p.size_bytes for p in s], size) for s in slots), default=0), 2
        ),
        "unclustered_share": round(max((unclustered_share(s, size) for s in slots), default=0), 3)
        if policy.cluster_by
        else 0.0,
        "log_commits": len(figures.commits),
        "commits_since_checkpoint": figures.commits_since_checkpoint,
    }
