"""Doing what a task asks: the same making, judging and publishing as anywhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.declare.targets import range_of
from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.ingest.load import stage_here
from lakehouse_assets.ingest.workers import stage_on_workers
from lakehouse_assets.making import RefusedLoadError, prepare
from lakehouse_assets.outcome import outcome_of
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.reading import load_inputs
from lakehouse_assets.remote.register import register
from lakehouse_assets.remote.session import RUNTIME
from lakehouse_assets.remote.task import told
from lakehouse_assets.replaying import Reason, replay_table
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.load import Bronze, Loaded, Stage
    from lakehouse_assets.remote.task import Task

Say = Callable[[str], None]


class OtherCodeError(LakehouseError):
    """The process that runs a table has other code of it than the one that asked."""


class Refused(Exception):  # noqa: N818 - no error of ours: what is to be known is in the answer
    """A publication was refused, so that the process must end as failed."""


def perform(task: Task, session: Callable[[], SparkSession], answer: dict[str, Any], say: Say) -> None:
    """Do what the task asks; `answer` holds what became of it, also when this raises.

    Its keys: `outcome` of a run that was judged, `replayed` of a replay, `error` of a failure. Raises what
    `prepare`, `publish` and `replay_table` raise, and Refused for a refused publication.
    """
    try:
        table = _table(task)
        settings = Settings(
            home=Path.cwd(),
            root=task.root,
            landing=task.landing,
            engine="databricks",
            environment=task.environment,
            layers=task.layers,
        )
        if task.action == "replay":
            _replay(task, table, settings, session, answer, say)
        else:
            _make(task, table, settings, session, answer, say)
    except Refused:
        raise
    except Exception as error:
        answer["error"] = told(error, task.table)
        raise


def _make(
    task: Task,
    table: Table,
    settings: Settings,
    session: Callable[[], SparkSession],
    answer: dict[str, Any],
    say: Say,
) -> None:
    range_ = range_of(table, task.keys)
    say(f"{table.id}: making {range_}")
    frames = load_inputs(table, table.inputs, range_, settings, session)
    try:
        made = prepare(table, settings, range_, frames, task.run_id, force=task.force, stage=_stage(task, session))
    except RefusedLoadError as error:
        answer["outcome"] = outcome_of(error.made).as_json()
        raise
    outcome = outcome_of(made)
    answer["outcome"] = outcome.as_json()
    if made.judged and outcome.refusals:
        made.judged.staging.discard()
        raise Refused("; ".join(outcome.refusals[:5]))
    if made.judged:
        outcome = outcome.published(publish(made.judged, made.origin))
        answer["outcome"] = outcome.as_json()
    if task.catalog:
        say(f"{table.id}: registered as {register(session(), table, settings, task.catalog)}")


def _replay(
    task: Task,
    table: Table,
    settings: Settings,
    session: Callable[[], SparkSession],
    answer: dict[str, Any],
    say: Say,
) -> None:
    say(f"quarantine of {table.id}: replaying")
    done = replay_table(
        table, settings, session, task.keys or None, Reason(task.who, task.why), task.run_id, _stage(task, session)
    )
    version = done.publication.version if done.publication else None
    answer["replayed"] = {"passed": done.passed, "stayed": done.stayed, "version": version}


def _table(task: Task) -> Table:
    table = find_table(task.table)
    if table.code_version != task.code_version:
        raise OtherCodeError(
            f"{table.id} is of other code here ({table.code_version}) than where it was asked for "
            f"({task.code_version}): nothing was made",
            remedy="build the wheel of the code that asks (make wheel) and put it where the cluster installs it from",
        )
    if RUNTIME in os.environ and "://" not in task.root and not task.root.startswith("/Volumes/"):
        raise LakehouseError(
            "a folder of the driver would end with its cluster",
            where=task.root,
            remedy="set LAKEHOUSE_ROOT to a URL that the cluster reaches: s3://..., abfss://...",
        )
    return table


def _stage(task: Task, session: Callable[[], SparkSession]) -> Stage:
    """Who reads deliveries: the workers of a cluster whose Spark can, else the driver."""

    def stage(bronze: Bronze, due: Sequence[Delivery], folder: str, loaded_at: datetime, run_id: str) -> list[Loaded]:
        if task.workers and RUNTIME in os.environ and hasattr(session().range(1), "repartitionById"):
            return stage_on_workers(session(), bronze, due, folder, loaded_at, run_id)
        return stage_here(bronze, due, folder, loaded_at, run_id)

    return stage
