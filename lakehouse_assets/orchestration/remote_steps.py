"""The steps of a table and of its quarantine when a job on Databricks does the work: ask, wait, record the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import dagster as dg

from lakehouse_assets.declare.targets import range_of
from lakehouse_assets.errors import SettingsError
from lakehouse_assets.orchestration.lineage import lineage
from lakehouse_assets.orchestration.recording import describe_run, record, record_refusal, refuse
from lakehouse_assets.orchestration.runs import require_same_lake
from lakehouse_assets.orchestration.steps import retried
from lakehouse_assets.orchestration.tags import FORCE
from lakehouse_assets.outcome import Outcome
from lakehouse_assets.policies.cost import rate_per_hour
from lakehouse_assets.remote.task import Task, heard
from lakehouse_assets.settings import Settings
from resources.databricks.settings import DatabricksSettings
from resources.delta_io_manager import describe

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.replaying import Reason
    from resources.databricks.workspace import Answer

RUN_URL = "databricks_run"


def run_remotely(table: Table, context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Make the run's partitions of a table on Databricks; yields what Dagster records, as `run_table` does.

    Raises dg.Failure as that does; whether a failure is tried again is the word of the job's task, and of the
    workspace where the task could say nothing.
    """
    with retried(table, context), lineage(table, context) as tell:
        yield from _run(table, context, tell)


def replay_remotely(table: Table, context: dg.AssetExecutionContext, reason: Reason) -> dg.MaterializeResult[Any]:
    """Replay the quarantine of the run's partitions on Databricks."""
    with retried(table, context):
        answer = _ask(table, context, "replay", reason)
        _raise_failure(answer)
        done = answer.said["replayed"]
        context.log.info(f"quarantine of {table.id}: {done['passed']:,} rows published, {done['stayed']:,} stay")
        version = {} if done["version"] is None else {"delta_version": done["version"]}
        metadata = {"rows_published": done["passed"], "rows": done["stayed"], **version, **_seen_at(answer)}
        return dg.MaterializeResult(metadata=metadata)


def _run(table: Table, context: dg.AssetExecutionContext, tell: Callable[[Outcome], None]) -> Iterator[Any]:
    answer = _ask(table, context, "make")
    if "outcome" not in answer.said:
        _raise_failure(answer)
        raise dg.Failure(f"{table.id}: the job ended well and told nothing", allow_retries=False)
    range_ = range_of(table, context.partition_keys if table.calendar else None)
    outcome = Outcome.from_json(table, range_, answer.said["outcome"])
    tell(outcome)
    published = outcome.publication
    if outcome.refusals and not published:
        refuse(context, outcome)
    if answer.failure and not published:
        if "error" in answer.said and outcome.judged is None:
            record_refusal(context, outcome)
        _raise_failure(answer)
    version = published.version if published else outcome.version
    told = describe(published) if published else {"delta_version": version}
    yield dg.MaterializeResult(metadata={**describe_run(context, outcome), **told, **_seen_at(answer)})
    yield from record(context, outcome, version)
    _raise_failure(answer)  # of what came after the publication, such as registering the table


def _ask(
    table: Table, context: dg.AssetExecutionContext, action: Literal["make", "replay"], reason: Reason | None = None
) -> Answer:
    from resources.databricks.beside import require_no_connect
    from resources.databricks.job import Job
    from resources.databricks.workspace import Workspace

    settings, keys = Settings.from_environment(), tuple(context.partition_keys) if table.calendar else ()
    require_no_connect()
    require_same_lake(context.run.tags, settings)
    rate_per_hour(settings.engine)  # one that cannot be read fails here, and not once a job has published
    _require_reachable(settings)
    compute = DatabricksSettings.from_environment(settings.home)
    task = Task.of(
        table,
        settings,
        action=action,
        keys=keys,
        run_id=context.run.run_id,
        force=FORCE in context.run.tags,
        who=reason.who if reason else "",
        why=reason.why if reason else "",
        workers=compute.compute == "cluster",
    )
    workspace = Workspace.open()
    attempt = f"{context.run.run_id}/{action}/{table.parameter}/{context.retry_number}"
    job = Job(
        name=f"{table.id}{_span(keys)} [{attempt}]",
        settings=compute,
        cloud=workspace.cloud,
        tags={
            "lakehouse_table": table.id,
            "lakehouse_layer": table.layer,
            "lakehouse_owner": " ".join(table.owners) or "none",
            "dagster_run": context.run.run_id,
        },
        token=hashlib.sha256(attempt.encode()).hexdigest(),
    )
    return workspace.run(context, job, {"task": task.as_json()})


def _raise_failure(answer: Answer) -> None:
    if "error" in answer.said:
        raise heard(answer.said["error"])
    if answer.failure:
        raise answer.failure


def _seen_at(answer: Answer) -> dict[str, Any]:
    return {RUN_URL: dg.MetadataValue.url(answer.url)} if answer.url else {}


def _require_reachable(settings: Settings) -> None:
    for name, place in (("LAKEHOUSE_ROOT", settings.root), ("LAKEHOUSE_LANDING", settings.landing)):
        if "://" not in place:
            raise SettingsError(
                "a folder of this machine is out of a cluster's reach",
                where=f"{name}={place}",
                remedy=f"set {name} to a URL: s3://bucket/... or abfss://container@account.dfs.core.windows.net/...",
            )


def _span(keys: tuple[str, ...]) -> str:
    return f" {keys[0]}..{keys[-1]}" if len(keys) > 1 else f" {keys[0]}" if keys else ""
