"""A daily schedule, for where arrivals are not to start runs: once a day it makes exactly what is due."""

# Without postponed annotations: Dagster reads the type of `context`.
import dagster as dg

from lakehouse_assets.catalog import tables
from lakehouse_assets.operate.backfill.launch import BackfillError, launch
from lakehouse_assets.operate.backfill.plan import make_plan, wanted
from lakehouse_assets.settings import Settings

AT = "0 6 * * *"  # UTC


def daily_schedule() -> dg.ScheduleDefinition:
    """Starts one backfill of all that is missing, failed or out of date, as `lakehouse backfill start` does.

    A backfill, because runs of a schedule have no order, and gold would not wait for bronze. A tick that is tried
    again starts nothing twice: what is under way is left to it, and what was made is no longer due.
    """

    @dg.schedule(
        name="daily",
        cron_schedule=AT,
        execution_timezone="UTC",
        target=dg.AssetSelection.groups("bronze", "silver", "gold"),
        description="Makes all that is missing, failed or out of date, once a day. For where arrivals start no runs.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.SkipReason:
        chosen = tuple(tables().values())
        plan = make_plan(chosen, wanted(chosen), Settings.from_environment(), context.instance)
        if not plan.chunks:
            return dg.SkipReason("nothing is due")
        graph = context.repository_def.asset_graph
        try:
            begun = launch(plan, context.instance, graph, f"daily, {context.scheduled_execution_time:%Y-%m-%d}")
        except BackfillError as error:
            return dg.SkipReason(f"left to what is under way: {error}")
        return dg.SkipReason(f"started backfill {begun.backfill_id}, of {plan.partitions:,} partitions")

    return daily
