"""Declared tables as Dagster assets."""

# Without postponed annotations: Dagster reads the type of `context`.
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from lakehouse_assets.catalog import table as table_of
from lakehouse_assets.declare.table import Table
from lakehouse_assets.orchestration.checks import check_specs
from lakehouse_assets.orchestration.columns import column_schema
from lakehouse_assets.orchestration.ops import ops_assets
from lakehouse_assets.orchestration.partitions import partitions_definition
from lakehouse_assets.orchestration.quarantine import quarantine_asset
from lakehouse_assets.orchestration.steps import run_table
from resources.delta_io_manager import PARTITION_COLUMN

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.ingest.load import Stage

IO_MANAGER = "lake"


def assets_of(
    tables: Iterable[Table], session: Callable[[], "SparkSession"], stage: "Stage", *, remote: bool = False
) -> list[dg.AssetsDefinition]:
    """The assets of all these tables, of their quarantines, which replay on `session`, and of the tables in `ops`.

    `stage` reads deliveries. `remote` makes tables on Databricks instead: the same assets, of which this process
    loads no input.

    Partitioned checks are a preview of Dagster's and single-run backfills its beta; both are pinned and
    tested here, so their notices, one for each rule, are not repeated at every start.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        made = [
            asset
            for table in tables
            for asset in (
                asset_of(table, stage, remote=remote),
                quarantine_asset(table, session, stage, remote=remote),
            )
        ]
        return [*made, *ops_assets()]


def asset_of(table: Table, stage: "Stage", *, remote: bool = False) -> dg.AssetsDefinition:
    """The asset of a declared table, with a check for each of its rules and of its own checks.

    A range of partitions is made in one run, up to what the table's `backfill` says. Writers of one table share a
    pool, and take turns where `dagster.yaml` gives it a limit.
    """
    layer, name = table.layer, table.name
    metadata: dict[str, Any] = {"dagster/column_schema": column_schema(table)}
    if table.calendar:
        metadata[PARTITION_COLUMN] = table.calendar.column

    @dg.asset(
        key=[layer, name],
        ins={} if remote else {parameter: _input(table, parameter) for parameter in table.inputs},
        deps=[_dependency(table, parameter) for parameter in table.inputs] if remote else [],
        description=table.description,
        group_name=layer,
        kinds={"delta", table.source.format if table.source else "pyspark"},
        owners=list(table.owners),
        code_version=table.code_version,
        metadata=metadata,
        io_manager_key=IO_MANAGER,
        partitions_def=partitions_definition(table.calendar) if table.calendar else None,
        backfill_policy=dg.BackfillPolicy.multi_run(table.backfill.partitions_per_run) if table.calendar else None,
        check_specs=check_specs(table),
        pool=f"{layer}_{name}",
        freshness_policy=_late(table),
    )
    def compute(context: dg.AssetExecutionContext, **frames: Any) -> Iterator[Any]:
        if remote:
            # Late: what only a deployment on Databricks imports.
            from lakehouse_assets.orchestration.remote_steps import run_remotely

            yield from run_remotely(table, context)
        else:
            yield from run_table(table, context, frames, stage)

    return compute


def _late(table: Table) -> dg.FreshnessPolicy | None:
    within, warn_after = table.freshness.within, table.freshness.warn_after
    return dg.FreshnessPolicy.time_window(within, warn_after) if within else None


def _input(table: Table, parameter: str) -> dg.AssetIn:
    upstream = table_of(parameter)
    return dg.AssetIn(key=[upstream.layer, upstream.name], partition_mapping=_mapping(table, upstream))


def _dependency(table: Table, parameter: str) -> dg.AssetDep:
    """The same as an input, of which nothing is loaded here: Pipes and IO managers do not combine."""
    upstream = table_of(parameter)
    return dg.AssetDep(dg.AssetKey([upstream.layer, upstream.name]), partition_mapping=_mapping(table, upstream))


def _mapping(table: Table, upstream: Table) -> dg.PartitionMapping | None:
    if table.calendar and upstream.calendar:
        # The first week of a year reaches back to days that were never delivered: there is nothing to read.
        return dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
    return None
