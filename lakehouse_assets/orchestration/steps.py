"""The step of a declared table: load, compute, judge, hand over to be published, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import dagster as dg

from lakehouse_assets.declare.targets import range_of
from lakehouse_assets.making import RefusedLoadError, prepare
from lakehouse_assets.orchestration.lineage import lineage
from lakehouse_assets.orchestration.recording import describe_run, record, record_refusal, refuse
from lakehouse_assets.orchestration.runs import require_same_lake
from lakehouse_assets.orchestration.tags import FORCE
from lakehouse_assets.outcome import outcome_of
from lakehouse_assets.policies.cost import rate_per_hour
from lakehouse_assets.settings import Settings
from resources import telling
from resources.delta_io_manager import Handover

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.ingest.load import Stage
    from lakehouse_assets.outcome import Outcome


def run_table(
    table: Table, context: dg.AssetExecutionContext, frames: Mapping[str, DataFrame], stage: Stage
) -> Iterator[Any]:
    """Make the run's partitions of a table; yields what Dagster records. `stage` reads deliveries.

    Raises dg.Failure for a permanent failure, which is not retried: bad input, or a refused publication,
    whose failed checks are recorded and whose table stays as it was. For a transient one, such as a conflict
    with another writer, a retry is asked for.
    """
    with retried(table, context), lineage(table, context, frames) as tell:
        yield from _run(table, context, frames, stage, tell)


def retried(table: Table, context: dg.AssetExecutionContext) -> AbstractContextManager[None]:
    """Tell failures of a table's step, and ask for a retry where that may help; see `resources.telling`."""
    return telling.retried(table.id, context.instance, context.run.run_id, context.retry_number)


def told_failures(table: Table, context: dg.AssetExecutionContext) -> AbstractContextManager[None]:
    """Tell failures of a table's step; see `resources.telling`."""
    return telling.told_failures(table.id, context.instance, context.run.run_id)


def _run(
    table: Table,
    context: dg.AssetExecutionContext,
    frames: Mapping[str, DataFrame],
    stage: Stage,
    tell: Callable[[Outcome], None],
) -> Iterator[Any]:
    range_ = range_of(table, context.partition_keys if table.calendar else None)
    context.log.info(f"{table.id}: making {range_}")
    force, settings = FORCE in context.run.tags, Settings.from_environment()
    require_same_lake(context.run.tags, settings)
    rate_per_hour(settings.engine)  # one that cannot be read fails here, and not once all is published
    try:
        made = prepare(table, settings, range_, frames, context.run.run_id, force=force, stage=stage)
    except RefusedLoadError as error:
        refused = outcome_of(error.made)
        tell(refused)
        record_refusal(context, refused)
        raise
    outcome = outcome_of(made)
    tell(outcome)
    if made.judged is None:
        version = made.version
        context.log.info(f"{table.id}: nothing new; version {version} stays")
        yield dg.MaterializeResult(metadata={**describe_run(context, outcome), "delta_version": version})
    else:
        if outcome.refusals:
            made.judged.staging.discard()
            refuse(context, outcome)
        # What fails in the IO manager is told and retried in the same way.
        handover = Handover(made.judged, made.origin, lambda: retried(table, context))
        yield dg.MaterializeResult(value=handover, metadata=describe_run(context, outcome))
        if handover.publication is None:
            raise dg.Failure(f"{table.id}: its IO manager published nothing", allow_retries=False)
        tell(outcome.published(handover.publication))
        version = handover.publication.version
        context.log.info(f"{table.id}: version {version}, {outcome.total.accepted:,} rows")
    yield from record(context, outcome, version)
