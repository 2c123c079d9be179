"""Which runs start at once and which wait in Dagster's queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster import QueuedRunCoordinator
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.tags import BACKFILL_ID_TAG

if TYPE_CHECKING:
    from dagster import DagsterRun
    from dagster._core.run_coordinator import SubmitRunContext


class BackfillsInTurn(QueuedRunCoordinator):
    """A run of a backfill waits in the daemon's queue; any other starts at once, as a click in the UI should.

    The queue's limits are those of `QueuedRunCoordinator`.
    """

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Queue it or start it."""
        if BACKFILL_ID_TAG in context.dagster_run.tags:
            return super().submit_run(context)
        at_once = DefaultRunCoordinator()
        at_once.register_instance(self._instance)
        return at_once.submit_run(context)
