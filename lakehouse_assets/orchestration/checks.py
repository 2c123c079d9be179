"""Rules as Dagster's asset checks: one spec for each rule, one result for each rule and partition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from lakehouse_assets.orchestration.partitions import partitions_definition

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.publish.judgement import Judgement
    from lakehouse_assets.publish.rules import Rule

DELIVERED = "every_partition_delivered"


def check_specs(table: Table) -> list[dg.AssetCheckSpec]:
    """One check for each rule of the contract; for a partitioned bronze table, whether anything came."""
    partitions = partitions_definition(table.calendar) if table.calendar else None
    key = dg.AssetKey([table.layer, table.name])
    specs = [
        dg.AssetCheckSpec(
            rule.id, asset=key, description=_describe(rule), blocking=not rule.warn, partitions_def=partitions
        )
        for rule in table.rules.rules
    ]
    if table.source and table.calendar:
        said = "A delivery lies in the landing zone for the partition; a day without one may be a holiday."
        specs.append(dg.AssetCheckSpec(DELIVERED, asset=key, description=said, partitions_def=partitions))
    return specs


def evaluations(
    table: Table, judgement: Judgement, *, version: int | None, run_id: str
) -> Iterator[dg.AssetCheckEvaluation]:
    """The result of each rule for each partition, with its counts and the Delta version it judged.

    Rows that an error rule set apart are a warning, because what was published is without them; where the
    publication was refused they are errors. `version` is None for a refused one.
    """
    refused = version is None
    for slot, tally in judgement.tallies.items():
        for rule in judgement.rules.rules:
            failed = tally.failures.get(rule.id, 0)
            blocks = refused and not rule.warn
            yield dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey([table.layer, table.name]),
                check_name=rule.id,
                passed=not failed,
                severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
                blocking=not rule.warn,
                partition=slot or None,
                description=_outcome(rule, failed, refused=refused) if failed else None,
                metadata={
                    "failed_rows": dg.IntMetadataValue(failed),
                    "rows": dg.IntMetadataValue(tally.delivered),
                    "run_id": dg.TextMetadataValue(run_id),
                    **({} if version is None else {"delta_version": dg.IntMetadataValue(version)}),
                },
            )
        if table.source and table.calendar:
            yield dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey([table.layer, table.name]),
                check_name=DELIVERED,
                passed=bool(tally.delivered),
                severity=dg.AssetCheckSeverity.WARN,
                partition=slot,
                description=None if tally.delivered else "no delivery, or none with a row",
                metadata={"rows": dg.IntMetadataValue(tally.delivered)},
            )


def _describe(rule: Rule) -> str:
    what = f"{', '.join(rule.columns)}: {rule.demand}" if rule.columns else rule.demand.split(" [")[0]
    return f"{what} ({'rows that do not are counted' if rule.warn else 'rows that do not go to quarantine'})"


def _outcome(rule: Rule, failed: int, *, refused: bool) -> str:
    rows = f"{failed:,} row{'s' if failed > 1 else ''}"
    if rule.warn:
        return f"{rows} kept and counted"
    return f"{rows} rejected; the publication was refused" if refused else f"{rows} in quarantine"
