"""Rules and checks as Dagster's asset checks: one spec for each, one result for each and each partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from lakehouse_assets.orchestration.partitions import partitions_definition
from lakehouse_assets.publish.publication import STORED

if TYPE_CHECKING:
    from lakehouse_assets.declare.checks import Check
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.outcome import Outcome
    from lakehouse_assets.publish.findings import Finding
    from lakehouse_assets.publish.judgement import Tally
    from lakehouse_assets.publish.rules import Rule

    About = Mapping[str, dg.MetadataValue[Any]]

EVENTS = 1_000  # asked for at once


def check_specs(table: Table) -> list[dg.AssetCheckSpec]:
    """One check for each rule of the contract, and for each check of partitions, or of the table, as a whole."""
    partitions = partitions_definition(table.calendar) if table.calendar else None
    said = {rule.id: (_describe(rule), rule.warn) for rule in table.rules.rules}
    said |= {c.name: (_describe_check(c), c.warn) for c in table.checks}
    return [
        dg.AssetCheckSpec(
            name,
            asset=_key(table),
            description=description,
            blocking=not warn,
            partitions_def=None if name == STORED else partitions,
        )
        for name, (description, warn) in said.items()
    ]


def evaluations(table: Table, made: Outcome, *, version: int | None, run_id: str) -> Iterator[dg.AssetCheckEvaluation]:
    """The result of each rule and check for each partition, with its counts and the Delta version it judged.

    Rows that an error rule set apart are a warning, because what was published is without them; where the
    publication was refused they are errors. `version` is None for a refused one.
    """
    about: About = {
        "run_id": dg.TextMetadataValue(run_id),
        **({} if version is None else {"delta_version": dg.IntMetadataValue(version)}),
    }
    for slot, tally in made.report.tallies.items():
        for rule in made.report.rules.rules:
            yield of_rule(table, slot, rule, tally, about, refused=version is None)
    for finding in made.findings:
        yield _of_finding(table, finding, about)


def check_key(table: Table, name: str) -> dg.AssetCheckKey:
    """The key of a rule, or check, of a table."""
    return dg.AssetCheckKey(_key(table), name)


def failed_results(instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]) -> Iterator[dg.AssetCheckEvaluation]:
    """The latest results of these checks, each of a partition, that did not pass; in no order."""
    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status

    from resources.dagster_storage import numbered_events

    latest = instance.event_log_storage.get_asset_check_partition_info(keys)
    ids = [i.latest_check_event_storage_id for i in latest if i.latest_execution_status == Status.FAILED]
    for start in range(0, len(ids), EVENTS):
        wanted = dg.EventRecordsFilter(
            event_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION, storage_ids=ids[start : start + EVENTS]
        )
        for record in numbered_events(instance, wanted):
            found = record.event_log_entry.asset_check_evaluation
            if found is not None:
                yield found


def of_rule(
    table: Table, slot: str, rule: Rule, tally: Tally, about: About, *, refused: bool
) -> dg.AssetCheckEvaluation:
    """The result of a rule for a partition, by its counts; of a `refused` publication it is an error."""
    failed = tally.failures.get(rule.id, 0)
    blocks = refused and not rule.warn
    return dg.AssetCheckEvaluation(
        asset_key=_key(table),
        check_name=rule.id,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        blocking=not rule.warn,
        partition=slot or None,
        description=_outcome(rule, failed, refused=refused) if failed else None,
        metadata={
            "failed_rows": dg.IntMetadataValue(failed),
            "rows": dg.IntMetadataValue(tally.delivered),
            **about,
        },
    )


def _of_finding(table: Table, finding: Finding, about: About) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=_key(table),
        check_name=finding.check,
        passed=finding.passed,
        severity=dg.AssetCheckSeverity.ERROR if finding.refuses else dg.AssetCheckSeverity.WARN,
        blocking=finding.blocks,
        partition=finding.slot or None,
        description=finding.said or None,
        metadata={**{name: _value(value) for name, value in finding.figures.items()}, **about},
    )


def _value(value: float | str) -> dg.MetadataValue:
    if isinstance(value, str):
        return dg.TextMetadataValue(value)
    return dg.IntMetadataValue(value) if isinstance(value, int) else dg.FloatMetadataValue(value)


def _key(table: Table) -> dg.AssetKey:
    return dg.AssetKey([table.layer, table.name])


def _describe(rule: Rule) -> str:
    what = f"{', '.join(rule.columns)}: {rule.demand}" if rule.columns else rule.demand.split(" [")[0]
    return f"{what} ({'rows that do not are counted' if rule.warn else 'rows that do not go to quarantine'})"


def _describe_check(check: Check) -> str:
    otherwise = "is published all the same" if check.warn else "is not published"
    return f"{check.demand} (a {'table' if check.name == STORED else 'partition'} of which this is not so {otherwise})"


def _outcome(rule: Rule, failed: int, *, refused: bool) -> str:
    rows = f"{failed:,} row{'s' if failed > 1 else ''}"
    if rule.warn:
        return f"{rows} kept and counted"
    return f"{rows} rejected; the publication was refused" if refused else f"{rows} in quarantine"
