"""What a table's maintenance is called in Dagster, and which runs it must not be beside."""

from __future__ import annotations

import dagster as dg

from lakehouse_assets.declare.table import Table

GROUP = "maintenance"
IN_PROGRESS = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def maintenance_key(table: Table) -> dg.AssetKey:
    """The asset key of a table's maintenance."""
    return dg.AssetKey([GROUP, table.parameter])


def writers_of(instance: dg.DagsterInstance, table: Table) -> list[str]:
    """The runs in progress that write a table, or its quarantine."""
    written = {dg.AssetKey([table.layer, table.name]), dg.AssetKey(["quarantine", table.parameter])}
    runs = instance.get_runs(dg.RunsFilter(statuses=IN_PROGRESS))
    return [run.run_id for run in runs if run.asset_selection and written & set(run.asset_selection)]
