"""The quarantine of each table as a Dagster asset: a table's run records it, materialising it replays it."""

# Without postponed annotations: Dagster reads the type of `context`.
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import dagster as dg

from lakehouse_assets.declare.table import Table
from lakehouse_assets.orchestration.partitions import partitions_definition
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.ingest.load import Stage
    from lakehouse_assets.outcome import Outcome

GROUP = "quarantine"
WHY = "lakehouse/why"  # tag of a run that replays: the reason, kept in the table's history
WHO = "user"


def quarantine_key(table: Table) -> dg.AssetKey:
    """The asset key of a table's quarantine."""
    return dg.AssetKey([GROUP, table.parameter])


def quarantine_asset(
    table: Table, session: Callable[[], "SparkSession"], stage: "Stage", *, remote: bool = False
) -> dg.AssetsDefinition:
    """The asset of a table's quarantine, cut into the table's partitions; `remote` replays it on Databricks."""

    @dg.asset(
        key=quarantine_key(table),
        deps=[dg.AssetKey([table.layer, table.name])],
        description=f"Rows of {table.id} that broke its contract, with the rules they broke, where they came from "
        "and as they came.\n\nMaterialising it replays them: rows that today's contract accepts are published into "
        f"their partitions. The run's tag `{WHY}` is kept as the reason.",
        group_name=GROUP,
        kinds={"delta"},
        owners=list(table.owners),
        partitions_def=partitions_definition(table.calendar) if table.calendar else None,
        backfill_policy=dg.BackfillPolicy.single_run() if table.calendar else None,
        pool=table.parameter,
    )
    def replay(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        from lakehouse_assets.orchestration.restating import restate
        from lakehouse_assets.orchestration.steps import retried
        from lakehouse_assets.replaying import Reason, replay_table

        settings = Settings.from_environment()
        reason = Reason(context.run.tags.get(WHO, "dagster"), context.run.tags.get(WHY, "replayed in Dagster"))
        if remote:
            from lakehouse_assets.orchestration.remote_steps import replay_remotely

            result = replay_remotely(table, context, reason)
        else:
            keys = context.partition_keys if table.calendar else None
            with retried(table, context):
                done = replay_table(table, settings, session, keys, reason, context.run.run_id, stage=stage)
            context.log.info(f"quarantine of {table.id}: {done.passed:,} rows published, {done.stayed:,} stay")
            version = {"delta_version": done.publication.version} if done.publication else {}
            result = dg.MaterializeResult(metadata={"rows_published": done.passed, "rows": done.stayed, **version})
        restate(table, settings, context.instance)
        return result

    return replay


def quarantined(made: "Outcome", version: int | None) -> Iterator[dg.AssetMaterialization]:
    """What a table's run tells of its quarantine: every partition that has rows there, or had."""
    before, errors = made.quarantined_before, {rule.id for rule in made.table.rules.errors}
    for slot, tally in made.report.tallies.items():
        if tally.quarantined or slot in before:
            yield dg.AssetMaterialization(
                quarantine_key(made.table),
                partition=slot or None,
                metadata={
                    "rows": tally.quarantined,
                    **{rule: count for rule, count in tally.failures.items() if count and rule in errors},
                    **({} if version is None else {"delta_version": version}),
                },
            )
