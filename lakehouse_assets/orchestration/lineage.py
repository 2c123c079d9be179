"""What a run of a table reads and writes, as OpenLineage events: names, columns, counts and verdicts, never a row."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.ingest.provenance import bronze_schema
from lakehouse_assets.settings import Settings
from resources.lineage import Sender, dataset_name, is_on

if TYPE_CHECKING:
    import dagster as dg
    from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent
    from pyspark.sql import DataFrame

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.outcome import Outcome

PRODUCER = "urn:lakehouse-assets"
NAMESPACE = "lakehouse"  # of jobs, unless OPENLINEAGE_NAMESPACE says otherwise


@contextmanager
def lineage(
    table: Table, context: dg.AssetExecutionContext, frames: Mapping[str, DataFrame] | None = None
) -> Iterator[Callable[[Outcome], None]]:
    """Tell that a run of a table starts, and how it ends; what it yields takes the outcome once it is known.

    `frames` are what the table is computed from, by whose plan the end tells which column comes from which; without
    them it does not.
    Nothing happens, and nothing is imported, unless OpenLineage's client is set up in the environment.
    """
    if not is_on():
        yield lambda _: None
        return
    known: list[Outcome] = []
    run = (context.run.run_id, context.retry_number)
    sender = Sender(context.log.warning)
    started = datetime.now(UTC)
    sender.send(lambda: _event(table, run, "START", started, _output(table, None, {})))
    state = "FAIL"
    try:
        yield known.append
        state = "COMPLETE"
    finally:
        ended = datetime.now(UTC)
        sender.send(
            lambda: _event(table, run, state, ended, _output(table, known[-1] if known else None, frames or {}))
        )
        sender.finish()


def _event(table: Table, run: tuple[str, int], state: str, at: datetime, output: OutputDataset) -> RunEvent:
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
    from openlineage.client.facet_v2 import job_type_job, parent_run

    run_id, retry = run
    namespace = os.environ.get("OPENLINEAGE_NAMESPACE") or NAMESPACE
    parent = parent_run.ParentRunFacet(
        run=parent_run.Run(runId=run_id), job=parent_run.Job(namespace=namespace, name="dagster"), producer=PRODUCER
    )
    kind = job_type_job.JobTypeJobFacet(
        processingType="BATCH", integration="LAKEHOUSE_ASSETS", jobType="TABLE", producer=PRODUCER
    )
    return RunEvent(
        eventType=RunState[state],
        eventTime=at.isoformat(),
        # A run makes several tables, and may try one again: each is a run of its own job, the same for the same try.
        run=Run(runId=str(uuid5(NAMESPACE_URL, f"{run_id}/{table.id}/{retry}")), facets={"parent": parent}),
        job=Job(namespace=namespace, name=table.id, facets={"jobType": kind}),
        producer=PRODUCER,
        inputs=_inputs(table),
        outputs=[output],
    )


def _inputs(table: Table) -> list[InputDataset]:
    from openlineage.client.event_v2 import InputDataset

    settings = Settings.from_environment()
    if table.source:
        places = [f"{settings.landing}/{table.source.folder}"]
    else:
        read = [find_table(name) for name in table.inputs]
        places = [settings.table_url(upstream.layer, upstream.name) for upstream in read]
    return [InputDataset(*dataset_name(place)) for place in places]


def _output(table: Table, outcome: Outcome | None, frames: Mapping[str, DataFrame]) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import dataset_version_dataset, output_statistics_output_dataset

    facets, told = _declared(table), dict[str, Any]()
    published = outcome.publication if outcome else None
    if published is not None and (columns := _columns(table, frames)):
        facets["columnLineage"] = columns
    if outcome is not None:
        facets["dataQualityAssertions"] = _verdicts(outcome)
    if published is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(
            datasetVersion=str(published.version), producer=PRODUCER
        )
        told["outputStatistics"] = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=published.judgement.total.accepted,
            size=published.size_bytes,
            fileCount=published.files,
            producer=PRODUCER,
        )
    name = dataset_name(Settings.from_environment().table_url(table.layer, table.name))
    return OutputDataset(*name, facets=facets, outputFacets=told)


def _declared(table: Table) -> dict[str, Any]:
    """What is known of a table before it is made: columns, owners, description."""
    from openlineage.client.facet_v2 import documentation_dataset, ownership_dataset, schema_dataset

    schema = table.schema
    if table.source:
        schema = bronze_schema(schema, table.calendar.column if table.calendar else None)
    columns = [
        schema_dataset.SchemaDatasetFacetFields(
            name=field.name, type=field.dataType.simpleString(), description=field.metadata.get("comment")
        )
        for field in schema.fields
    ]
    owners = [ownership_dataset.Owner(name=owner) for owner in table.owners]
    return {
        "schema": schema_dataset.SchemaDatasetFacet(fields=columns, producer=PRODUCER),
        "ownership": ownership_dataset.OwnershipDatasetFacet(owners=owners, producer=PRODUCER),
        "documentation": documentation_dataset.DocumentationDatasetFacet(
            description=table.description, producer=PRODUCER
        ),
    }


def _columns(table: Table, frames: Mapping[str, DataFrame]) -> Any:
    """Which columns of which tables each column is computed from; None where it cannot be told."""
    from openlineage.client.facet_v2 import column_lineage_dataset as lineages

    from resources.engines.plan_columns import columns_from

    if not frames:
        return None
    try:
        found = columns_from(table(**{name: frames[name] for name in table.arguments}))
    except Exception:  # noqa: BLE001 - plans are pyspark's own business: what it no longer tells is left out
        return None
    fields = {
        name: lineages.Fields(
            inputFields=[lineages.InputField(*dataset_name(place), field=column) for place, column in sorted(sources)]
        )
        for name, sources in found.items()
        if sources and name in table.schema.names
    }
    return lineages.ColumnLineageDatasetFacet(fields=fields, producer=PRODUCER)


def _verdicts(outcome: Outcome) -> Any:
    """Each rule, over all partitions of the run: whether no row broke it."""
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as quality

    failures = outcome.report.total.failures
    assertions = [
        quality.Assertion(
            assertion=rule.id,
            success=not failures.get(rule.id),
            column=rule.columns[0] if len(rule.columns) == 1 else None,
            severity="warn" if rule.warn else "error",
        )
        for rule in outcome.table.rules.rules
    ]
    return quality.DataQualityAssertionsDatasetFacet(assertions=assertions, producer=PRODUCER)
