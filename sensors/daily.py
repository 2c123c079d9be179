"""Backfills from the UI, and a daily schedule, for where arrivals are not to start runs."""

# Without postponed annotations: Dagster reads the types of steps and their settings.
from collections.abc import Callable
from datetime import datetime
from typing import Any

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from pydantic import Field

from lakehouse_assets.operate.backfill.launch import BackfillError, launch
from lakehouse_assets.operate.backfill.plan import Line, Plan, make_plan, wanted
from lakehouse_assets.operate.backfill.resuming import rest_of
from lakehouse_assets.operate.backfill.words import estimate_said
from lakehouse_assets.operate.plan import select
from lakehouse_assets.settings import Settings
from resources.telling import told_failures

Graph = BaseAssetGraph[Any]
AT = "0 6 * * *"  # UTC
LISTED = 100  # runs of a plan that a log names


class Asked(dg.Config):
    """What a backfill is for: the arguments of `lakehouse backfill start`, `plan` and `resume`."""

    tables: list[str] = Field([], description="Tables or layers; `+gold/x` also makes what x reads. All without.")
    first: str = Field("", description="First day, YYYY-MM-DD.")
    last: str = Field("", description="Last day, YYYY-MM-DD.")
    force: bool = Field(False, description="Make good partitions again, too.")
    only_plan: bool = Field(False, description="Say what would run, in the log and as metadata, and start nothing.")
    resume: str = Field("", description="A backfill's id, or how it begins: make what is left of it, and nothing else.")


def backfill_job(graph: Callable[[], Graph]) -> dg.JobDefinition:
    """Plans, starts and resumes backfills as `lakehouse backfill` does; which is said in the Launchpad.

    `graph` gives the assets of the code location that the job is part of.
    """

    @dg.op
    def start_what_is_due(context: dg.OpExecutionContext, config: Asked) -> None:
        """Plan, say so in the run's log, and start a backfill of what is missing, failed or out of date."""
        with told_failures("backfill", context.instance, context.run_id):
            start(context, config)

    def start(context: dg.OpExecutionContext, config: Asked) -> None:
        settings, after = Settings.from_environment(), None
        if config.resume:
            _require_nothing_else(config)
            rest = rest_of(config.resume, settings, context.instance)
            plan, title, after, nothing = rest.plan, rest.title, rest.of, rest.why_nothing
        else:
            tables = select(config.tables)
            asked = wanted(tables, config.first or None, config.last or None)
            plan = make_plan(tables, asked, settings, context.instance, force=config.force)
            title = f"{' '.join(config.tables) or 'all tables'}, {datetime.now().astimezone():%Y-%m-%d}"
            nothing = "" if plan.chunks else "nothing is due"
        context.add_output_metadata(_figures(plan))
        if nothing:
            context.log.info(nothing)
            return
        _say(plan, context.log.info)
        if config.only_plan:
            context.log.info("only the plan was asked for: nothing was started")
            return
        begun = launch(plan, context.instance, graph(), title, after)
        started = ", ".join(backfill.backfill_id for backfill in begun)
        context.log.info(f"started backfill {started}: {plan.partitions:,} partitions in {len(plan.chunks):,} runs")
        if plan.lanes.wait:
            context.log.info(
                f"{len(plan.lanes.wait):,} of the runs wait for the others: start it again once they ended"
            )

    @dg.job(
        description="Starts a backfill of what is missing, failed or out of date, as `lakehouse backfill start` does; "
        "with `only_plan` only says what would run, with `resume` makes what is left of another."
    )
    def backfill() -> None:
        start_what_is_due()

    return backfill


def _require_nothing_else(config: Asked) -> None:
    if config.tables or config.first or config.last or config.force:
        raise BackfillError(
            "`resume` makes what that backfill was for, and cannot be for other partitions",
            where=f"backfill {config.resume}",
            remedy="leave out tables, first, last and force",
        )


def _say(plan: Plan, say: Callable[[str], None]) -> None:
    for line in plan.lines:
        if line.slots:
            days = f", {line.slots[0]} to {line.slots[-1]}" if line.slots[0] else ""
            say(f"{line.table}: {_why(line)}{days}; {line.good:,} are good")
    for number, chunk in enumerate(plan.chunks[:LISTED], 1):
        say(f"run {number}: {chunk}")
    if len(plan.chunks) > LISTED:
        say(f"and {len(plan.chunks) - LISTED:,} runs more")
    say(estimate_said(plan))


def _figures(plan: Plan) -> dict[str, Any]:
    """A plan as the UI shows it beside the step."""
    taken = plan.estimate
    lines = [
        dg.TableRecord(
            {
                "table": line.table,
                "make": len(line.slots),
                "why": _why(line),
                "from": line.slots[0],
                "to": line.slots[-1],
                "good": line.good,
                "runs": line.runs,
            }
        )
        for line in plan.lines
        if line.slots
    ]
    return {
        "partitions": plan.partitions,
        "runs": taken.runs,
        "rows": round(taken.rows),
        "seconds": round(taken.seconds, 1),
        **({} if taken.cost is None else {"cost": taken.cost}),
        **({"without_past_run": ", ".join(taken.unknown)} if taken.unknown else {}),
        **({"plan": dg.MetadataValue.table(lines)} if lines else {}),
    }


def _why(line: Line) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in line.reasons.items())


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
