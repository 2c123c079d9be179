"""The step of a declared table: load, compute, judge, hand over to be published, report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from lakehouse_assets.declare.targets import range_of
from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.making import RefusedLoadError, prepare
from lakehouse_assets.orchestration.checks import evaluations
from lakehouse_assets.orchestration.columns import column_schema
from lakehouse_assets.orchestration.quarantine import quarantined
from lakehouse_assets.settings import Settings
from lakehouse_assets.storage import storage_error_of, without_secrets
from resources.delta_io_manager import Handover

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.publish.judge import Judged

FORCE = "lakehouse/force"  # tag of a run that loads files again though the table holds them


def run_table(table: Table, context: dg.AssetExecutionContext, frames: Mapping[str, DataFrame]) -> Iterator[Any]:
    """Make the run's partitions of a table; yields what Dagster records.

    Raises dg.Failure for a permanent failure, which is not retried: bad input, or a refused publication,
    whose failed checks are recorded and whose table stays as it was. A transient one, such as a conflict
    with another writer, is retried by the asset's policy.
    """
    try:
        yield from _run(table, context, frames)
    except LakehouseError as error:
        raise dg.Failure(description=str(error), allow_retries=not error.permanent) from error
    except (dg.Failure, dg.DagsterError):
        raise
    except Exception as error:
        if without_secrets(str(error)) != str(error):
            raise _failure(table, error) from None
        raise _failure(table, error) from error


def _failure(table: Table, error: Exception) -> dg.Failure:
    """What a library raised; a store's failure that passes by itself is worth a retry."""
    known = storage_error_of(error, table.id)
    if known is not None:
        return dg.Failure(description=str(known), allow_retries=not known.permanent)
    return dg.Failure(description=without_secrets(f"{type(error).__name__}: {error}"), allow_retries=False)


def _run(table: Table, context: dg.AssetExecutionContext, frames: Mapping[str, DataFrame]) -> Iterator[Any]:
    # Late: its database libraries take half a second, which a code location need not pay to be loaded.
    from resources.dagster_storage import check_outputs, record_checks, record_materializations

    range_ = range_of(table, context.partition_keys if table.calendar else None)
    run_id, started = context.run.run_id, time.perf_counter()
    context.log.info(f"{table.id}: making {range_}")
    try:
        made = prepare(table, Settings.from_environment(), range_, frames, run_id, force=FORCE in context.run.tags)
    except RefusedLoadError as error:
        record_checks(context, evaluations(table, error.made, version=None, run_id=run_id))
        raise
    seconds = time.perf_counter() - started
    if made.judged and made.judged.refusals:
        made.judged.staging.discard()
        record_checks(context, evaluations(table, made, version=None, run_id=run_id))
        raise dg.Failure(
            description=f"{table.id} was not published, it is as it was: {'; '.join(made.judged.refusals[:5])}\n"
            "Remedy: look at the failed checks; repair the delivery or the contract, and run it again",
            metadata=_failures(made.judged),
            allow_retries=False,
        )
    for slot, tally in made.report.tallies.items() if table.calendar else ():
        context.add_asset_metadata(
            {"dagster/partition_row_count": tally.accepted, "partition_rows_quarantined": tally.quarantined},
            partition_key=slot,
        )
    metadata: dict[str, Any] = {"seconds_compute": round(seconds, 3), "partitions_unchanged": len(made.unchanged)}
    if made.gone:
        metadata["files_gone"] = len(made.gone)
        named = ", ".join(made.gone[:5]) + (f" and {len(made.gone) - 5} more" if len(made.gone) > 5 else "")
        context.log.warning(f"{table.id}: gone from the landing zone, their rows are {table.gone}: {named}")
    if len(range_.slots) == 1:  # a range would repeat the schema for each of its partitions
        metadata["dagster/column_schema"] = column_schema(table)
    if made.judged is None:
        version = made.version
        context.log.info(f"{table.id}: nothing new; version {version} stays")
        yield dg.MaterializeResult(metadata={**metadata, "delta_version": version})
    else:
        handover = Handover(made.judged, made.origin)
        yield dg.MaterializeResult(value=handover, metadata=metadata)
        if handover.publication is None:
            raise dg.Failure(f"{table.id}: its IO manager published nothing", allow_retries=False)
        version = handover.publication.version
        context.log.info(f"{table.id}: version {version}, {made.judged.judgement.total.accepted:,} rows")
    record_checks(context, evaluations(table, made, version=version, run_id=run_id))
    if made.judged is not None:
        record_materializations(context, quarantined(made, version))
    yield from check_outputs(context)


def _failures(judged: Judged) -> dict[str, Any]:
    total = judged.judgement.total
    return {
        "rows_delivered": total.delivered,
        "rows_rejected": total.quarantined,
        **{rule: count for rule, count in total.failures.items() if count},
    }
