"""The tables of `ops` as Dagster assets: materialising one lets what was recorded since join it, and maintains it."""

# Without postponed annotations: Dagster reads the type of `context`.
from typing import Any

import dagster as dg

from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.ops.tables import LAYER, OPS_TABLES, OpsTable
from lakehouse_assets.settings import Settings


def ops_assets() -> list[dg.AssetsDefinition]:
    """An asset for each of them."""
    return [_asset(table) for table in OPS_TABLES]


def _asset(table: OpsTable) -> dg.AssetsDefinition:
    columns = [dg.TableColumn(c.name, c.kind, c.meaning) for c in table.columns]

    @dg.asset(
        key=[LAYER, table.name],
        description=table.description,
        group_name=LAYER,
        kinds={"delta"},
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns)},
        pool=f"{LAYER}_{table.name}",
    )
    def record(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        # Late: a code location need not load it.
        from lakehouse_assets.orchestration.records import refresh

        settings = Settings.from_environment()
        try:
            rows = refresh(table, settings, context.instance)
            kept = _maintained(table, settings)
        except LakehouseError as error:
            raise dg.Failure(description=str(error), allow_retries=not error.permanent) from error
        context.log.info(f"{table.id}: {rows:,} rows joined")
        return dg.MaterializeResult(
            metadata={"rows_joined": rows, "dagster/uri": dg.MetadataValue.path(table.url(settings)), **kept}
        )

    return record


def _maintained(table: OpsTable, settings: Settings) -> dict[str, Any]:
    """Do what is due of the table, here whatever the engine: it gains a small file each time that records join."""
    from lakehouse_assets.maintaining.doing import perform
    from lakehouse_assets.maintaining.upkeep import survey_records
    from lakehouse_assets.orchestration.maintenance import figures
    from lakehouse_assets.publish.claim import require_claim
    from resources.engines.maintenance import EmbeddedMaintenance

    due = survey_records(table, settings)
    if due is None or not due.tasks:
        return {}
    require_claim(settings, LAYER)
    return figures(perform(due, EmbeddedMaintenance))
