"""Check results told anew where rows have left the quarantine without their partition being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from lakehouse_assets.declare.targets import target_of
from lakehouse_assets.ingest.keep import stored_tallies
from lakehouse_assets.lake import Lake
from lakehouse_assets.orchestration.checks import check_key, failed_results, of_rule

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


def restate(table: Table, settings: Settings, instance: dg.DagsterInstance) -> int:
    """Let the results of a table's rules say how many rows the quarantine holds now; returns how many were told anew.

    Told anew is what Dagster shows of rejected rows that were replayed or dropped since, whoever did it and whenever,
    so that a second call changes nothing. What was refused stands until the partition is published.
    """
    from resources.dagster_storage import report_checks

    rules = {rule.id: rule for rule in table.rules.errors}
    standing = [
        (rules[found.check_name], found.partition or "", found.metadata["failed_rows"].value)
        for found in failed_results(instance, [check_key(table, rule) for rule in rules])
        if found.severity == dg.AssetCheckSeverity.WARN
    ]
    if not standing:
        return 0
    seen = Lake(settings).seen(table)
    tallies = stored_tallies(target_of(table, settings), seen, sorted({slot for _, slot, _ in standing}))
    about = {"delta_version": dg.IntMetadataValue(seen.version)}
    anew = [
        of_rule(table, slot, rule, tallies[slot], about, refused=False)
        for rule, slot, told in standing
        if slot in tallies and tallies[slot].failures.get(rule.id, 0) != told
    ]
    report_checks(instance, anew)
    return len(anew)
