"""The step of a declared table: load, compute, judge, hand over to be published, report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.declare.targets import range_of, target_of
from lakehouse_assets.errors import DeliveryError, LakehouseError
from lakehouse_assets.ingest.load import load
from lakehouse_assets.lake import Lake
from lakehouse_assets.orchestration.checks import evaluations
from lakehouse_assets.orchestration.columns import column_schema
from lakehouse_assets.publish.judge import Judged, judge
from lakehouse_assets.publish.target import Origin
from lakehouse_assets.settings import Settings
from resources.delta_io_manager import Handover

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.publish.ranges import Range


def run_table(table: Table, context: dg.AssetExecutionContext, frames: Mapping[str, DataFrame]) -> Iterator[Any]:
    """Make the run's partitions of a table; yields what Dagster records.

    Raises dg.Failure, which is not retried, for a permanent failure: bad input, or a refused publication,
    whose failed checks are recorded and whose table stays as it was.
    """
    try:
        yield from _run(table, context, frames)
    except LakehouseError as error:
        raise dg.Failure(description=str(error), allow_retries=not error.permanent) from error


def _run(table: Table, context: dg.AssetExecutionContext, frames: Mapping[str, DataFrame]) -> Iterator[Any]:
    # Late: its database libraries take half a second, which a code location need not pay to be loaded.
    from resources.dagster_storage import check_outputs, record_checks

    settings = Settings.from_environment()
    range_ = range_of(table, context.partition_keys if table.calendar else None)
    lake = Lake(settings)
    lake.deliveries(table, range_.slots)  # listed once: what is loaded is what the fingerprint tells
    origin = _origin(table, lake, range_, context.run.run_id)
    started = time.perf_counter()
    context.log.info(f"{table.id}: making {range_}")
    judged = (
        judge_deliveries(table, lake, range_, origin.run_id)
        if table.source
        else judge_tables(table, settings, range_, frames)
    )
    seconds = time.perf_counter() - started
    if judged.refusals:
        judged.staging.discard()
        record_checks(context, evaluations(table, judged.judgement, version=None, run_id=origin.run_id))
        raise dg.Failure(
            description=f"{table.id} was not published, it is as it was: {'; '.join(judged.refusals[:5])}\n"
            "Remedy: look at the failed checks; repair the delivery or the contract, and run it again",
            metadata=_failures(judged),
            allow_retries=False,
        )
    for slot, tally in judged.judgement.tallies.items() if table.calendar else ():
        context.add_asset_metadata(
            {"dagster/partition_row_count": tally.accepted, "partition_rows_quarantined": tally.quarantined},
            partition_key=slot,
        )
    handover = Handover(judged, origin)
    metadata: dict[str, Any] = {"seconds_compute": round(seconds, 3)}
    if len(range_.slots) == 1:  # a range would repeat the schema for each of its partitions
        metadata["dagster/column_schema"] = column_schema(table)
    yield dg.MaterializeResult(value=handover, metadata=metadata)
    published = handover.publication
    if published is None:
        raise dg.Failure(f"{table.id}: its IO manager published nothing", allow_retries=False)
    context.log.info(f"{table.id}: version {published.version}, {judged.judgement.total.accepted:,} rows")
    record_checks(context, evaluations(table, judged.judgement, version=published.version, run_id=origin.run_id))
    yield from check_outputs(context)


def judge_deliveries(table: Table, lake: Lake, range_: Range, run_id: str) -> Judged:
    """Stage the deliveries of a bronze table for a range.

    Raises DeliveryError where partitions that hold rows have no deliveries any more: they stay as they are.
    """
    if table.source is None:
        raise LakehouseError(f"{table.id} has no source")
    waiting = lake.deliveries(table)
    gone = [slot for slot in range_.slots if slot not in waiting and lake.mark(table, slot) is not None]
    if gone:
        raise DeliveryError(
            f"the table holds rows of {', '.join(gone[:10]) or table.id} whose deliveries are gone: it stays as it is",
            where=f"{lake.settings.landing}/{table.source.folder}",
            remedy="bring the files back, or run only the partitions that have deliveries",
        )
    files = [delivery for slot in range_.slots for delivery in waiting.get(slot, [])]
    target = target_of(table, lake.settings)
    return load(files, table.source, lake.settings.landing, target, range_, run_id)


def judge_tables(table: Table, settings: Settings, range_: Range, frames: Mapping[str, DataFrame]) -> Judged:
    """Apply a table's function to what it reads, as loaded for a range, and judge and stage the result."""
    cut = {name: _cut(frame, table, name, range_) for name, frame in frames.items()}
    frame = table(**{name: cut[name] for name in table.arguments})
    return judge(frame, target_of(table, settings), range_, cut)


def _cut(frame: DataFrame, table: Table, name: str, range_: Range) -> DataFrame:
    """Where calendars differ, the partitions at the edges of a range also hold rows of its neighbours.

    The days of a week, for example: a day on which one week turns into the next belongs to both, and the
    column of the reading table's partition tells its rows apart.
    """
    upstream = find_table(name)
    both = table.calendar and upstream.calendar and table.calendar != upstream.calendar
    if not both or range_.column not in frame.columns:
        return frame
    from pyspark.sql import functions as F

    return frame.where(F.col(range_.column).isin([F.lit(key).cast("date") for key in range_.keys]))


def _origin(table: Table, lake: Lake, range_: Range, run_id: str) -> Origin:
    read = [find_table(name) for name in table.inputs]
    return Origin(
        run_id=run_id,
        code_version=table.code_version,
        inputs={t.id: version for t in read if (version := lake.version(t)) is not None},
        fingerprints=lake.expected(table, range_.slots),
    )


def _failures(judged: Judged) -> dict[str, Any]:
    total = judged.judgement.total
    return {
        "rows_delivered": total.delivered,
        "rows_rejected": total.quarantined,
        **{rule: count for rule, count in total.failures.items() if count},
    }
