"""Resuming: what is left of a backfill that failed, was cancelled or was cut off, planned anew as the rest of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.operate.backfill.estimate import Estimate
from lakehouse_assets.operate.backfill.launch import family, find
from lakehouse_assets.operate.backfill.needs import Needs
from lakehouse_assets.operate.backfill.plan import Plan, make_plan
from lakehouse_assets.operate.backfill.progress import chosen_tables, left, progress_of

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from dagster._core.execution.backfill import PartitionBackfill

    from lakehouse_assets.operate.backfill.progress import Progress
    from lakehouse_assets.settings import Settings

RESUMED = ", resumed"


@dataclass(frozen=True)
class Rest:
    """What is left of a backfill. As long as a part of it is `under_way` nothing is planned."""

    of: PartitionBackfill
    plan: Plan
    under_way: Progress | None = None

    @property
    def title(self) -> str:
        """What the backfill that makes it is called."""
        return f"{(self.of.title or '').removesuffix(RESUMED)}{RESUMED}"[:100]

    @property
    def why_nothing(self) -> str:
        """Why there is nothing to start; "" where there is something."""
        if self.under_way is not None:
            return f"Backfill {self.under_way.id} is {self.under_way.state}: nothing needs to be resumed."
        if not self.plan.chunks:
            return f"Nothing is left of backfill {self.of.backfill_id}: every partition of it holds what it should."
        return ""


def rest_of(backfill_id: str | None, settings: Settings, instance: DagsterInstance) -> Rest:
    """What is left of the backfill with this id, or of the newest one, and of all that were the rest of the same.

    Raises BackfillError where none is meant, or more than one.
    """
    from lakehouse_assets.orchestration.tags import FORCE

    before = find(instance, backfill_id)
    whole = family(instance, before)
    under_way = next((p for p in (progress_of(b, instance) for b in whole) if not p.over), None)
    if under_way is not None:
        return Rest(before, Plan(settings.root, Needs({}), (), (), Estimate(0)), under_way)
    rest = left(whole, settings)
    tables = chosen_tables(rest)
    asked = {table.id: tuple(sorted(rest[table.id])) for table in tables}
    return Rest(before, make_plan(tables, asked, settings, instance, force=FORCE in before.tags))
