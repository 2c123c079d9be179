"""Backfills from the UI, and a daily schedule, for where arrivals are not to start runs."""

# Without postponed annotations: Dagster reads the types of steps and their settings.
from collections.abc import Callable
from datetime import datetime
from typing import Any

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from pydantic import Field

from lakehouse_assets.operate.backfill.launch import launch
from lakehouse_assets.operate.backfill.plan import make_plan, wanted
from lakehouse_assets.operate.plan import select
from lakehouse_assets.settings import Settings

Graph = BaseAssetGraph[Any]
AT = "0 6 * * *"  # UTC


class Asked(dg.Config):
    """What a backfill is for: the arguments of `lakehouse backfill start`."""

    tables: list[str] = Field([], description="Tables or layers; `+gold/x` also makes what x reads. All without.")
    first: str = Field("", description="First day, YYYY-MM-DD.")
    last: str = Field("", description="Last day, YYYY-MM-DD.")
    force: bool = Field(False, description="Make good partitions again, too.")


def backfill_job(graph: Callable[[], Graph]) -> dg.JobDefinition:
    """Starts a backfill as `lakehouse backfill start` does; what it is for is said in the Launchpad.

    `graph` gives the assets of the code location that the job is part of.
    """

    @dg.op
    def start_what_is_due(context: dg.OpExecutionContext, config: Asked) -> None:
        """Plan, say so in the run's log, and start a backfill of what is missing, failed or out of date."""
        tables = select(config.tables)
        asked = wanted(tables, config.first or None, config.last or None)
        plan = make_plan(tables, asked, Settings.from_environment(), context.instance, force=config.force)
        for line in plan.lines:
            if line.slots:
                reasons = ", ".join(f"{count:,} {reason}" for reason, count in line.reasons.items())
                context.log.info(
                    f"{line.table}: {reasons}, {line.slots[0]} to {line.slots[-1]}; {line.good:,} are good"
                )
        if not plan.chunks:
            context.log.info("nothing is due")
            return
        title = f"{' '.join(config.tables) or 'all tables'}, {datetime.now().astimezone():%Y-%m-%d}"
        begun = launch(plan, context.instance, graph(), title)
        started = ", ".join(backfill.backfill_id for backfill in begun)
        context.log.info(f"started backfill {started}: {plan.partitions:,} partitions in {len(plan.chunks):,} runs")
        if plan.lanes.wait:
            context.log.info(
                f"{len(plan.lanes.wait):,} of the runs wait for the others: start it again once they ended"
            )

    @dg.job(
        description="Starts a backfill of what is missing, failed or out of date, as `lakehouse backfill start` does."
    )
    def backfill() -> None:
        start_what_is_due()

    return backfill


def daily_schedule(graph: Callable[[], Graph]) -> dg.ScheduleDefinition:
    """Once a day has exactly what is due made.

    By a backfill, because runs of a schedule have no order, and gold would not wait for bronze. A tick that is tried
    again starts nothing twice: what is under way is refused, and what was made is no longer due.
    """
    return dg.ScheduleDefinition(
        name="daily",
        job=backfill_job(graph),
        cron_schedule=AT,
        execution_timezone="UTC",
        description="Makes all that is missing, failed or out of date, once a day. For where arrivals start no runs.",
    )
