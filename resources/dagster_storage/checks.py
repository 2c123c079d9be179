"""Record what the rules found, for each partition of a range, from inside the asset's step."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from logging import DEBUG

from dagster import (
    AssetCheckEvaluation,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    EventLogEntry,
    Output,
)

# Underscore module: Dagster exports the evaluation but not the pointer it carries.
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData as Target,
)
from dagster._core.events import StepMaterializationData

from resources.dagster_storage.event_log import LocalEventLogStorage

EVENTS_A_COMMIT = 1000


def record_checks(context: AssetExecutionContext, evaluations: Iterable[AssetCheckEvaluation]) -> None:
    """Each evaluation becomes this run's result for its rule and partition, and is safe on return.

    A result points to the latest materialisation of its partition, so call this after the asset was
    yielded; for a refused range that is the one that stays. Dagster shows a partition's result only
    while it points to the partition's latest materialisation.

    On another storage the same events are stored one by one.
    """
    pending = iter(evaluations)
    while chunk := list(islice(pending, EVENTS_A_COMMIT)):
        _store(context, [_evaluated(context, e) for e in _with_targets(context.instance, chunk)])


def report_checks(instance: DagsterInstance, evaluations: Iterable[AssetCheckEvaluation]) -> None:
    """Each evaluation becomes the latest result for its rule and partition, outside any run."""
    for evaluation in _with_targets(instance, list(evaluations)):
        instance.report_runless_asset_event(evaluation)


def record_materializations(context: AssetExecutionContext, materializations: Iterable[AssetMaterialization]) -> None:
    """Each becomes an event of this run, of an asset that the run made beside its own, and is safe on return."""
    pending = iter(materializations)
    while chunk := list(islice(pending, EVENTS_A_COMMIT)):
        _store(context, [_materialized(context, m) for m in chunk])


def _store(context: AssetExecutionContext, entries: list[EventLogEntry]) -> None:
    storage = context.instance.event_log_storage
    if isinstance(storage, LocalEventLogStorage):
        storage.store_event_batch(entries)
    else:
        for entry in entries:
            context.instance.handle_new_event(entry)


def check_outputs(context: AssetExecutionContext) -> Iterator[Output[None]]:
    """`yield from` this when no blocking rule failed: the step owes one output for each rule."""
    for spec in context.assets_def.check_specs:
        if spec.key in context.selected_asset_check_keys:
            yield Output(None, output_name=spec.get_python_identifier())


def _with_targets(
    instance: DagsterInstance, evaluations: Sequence[AssetCheckEvaluation]
) -> Iterator[AssetCheckEvaluation]:
    targets = {
        key: _latest_materializations(
            instance, key, {e.partition for e in evaluations if e.asset_key == key and e.partition}
        )
        for key in {e.asset_key for e in evaluations}
    }
    for e in evaluations:
        yield AssetCheckEvaluation(
            asset_key=e.asset_key,
            check_name=e.check_name,
            passed=e.passed,
            metadata=e.metadata,
            target_materialization_data=(e.target_materialization_data or targets[e.asset_key].get(e.partition or "")),
            severity=e.severity,
            description=e.description,
            blocking=e.blocking,
            partition=e.partition,
        )


def _latest_materializations(instance: DagsterInstance, key: AssetKey, partitions: set[str]) -> dict[str, Target]:
    ids = instance.event_log_storage.get_latest_storage_id_by_partition(
        key, DagsterEventType.ASSET_MATERIALIZATION, partitions
    )
    records = instance.get_asset_event_summary_records(
        DagsterEventType.ASSET_MATERIALIZATION, asset_key=key, storage_ids=list(ids.values())
    )
    return {
        r.partition: Target(storage_id=r.storage_id, run_id=r.run_id, timestamp=r.timestamp)
        for r in records
        if r.partition and r.run_id is not None
    }


def _evaluated(context: AssetExecutionContext, evaluation: AssetCheckEvaluation) -> EventLogEntry:
    message = (
        f"Asset check '{evaluation.check_name}' on "
        f"'{evaluation.asset_key.to_user_string()}' "
        f"{'passed' if evaluation.passed else 'did not pass'}."
    )
    return _entry(context, DagsterEventType.ASSET_CHECK_EVALUATION, evaluation, message)


def _materialized(context: AssetExecutionContext, materialization: AssetMaterialization) -> EventLogEntry:
    message = f"Materialized value {materialization.label}."
    data = StepMaterializationData(materialization)
    return _entry(context, DagsterEventType.ASSET_MATERIALIZATION, data, message)


def _entry(
    context: AssetExecutionContext,
    kind: DagsterEventType,
    data: AssetCheckEvaluation | StepMaterializationData,
    message: str,
) -> EventLogEntry:
    """The event Dagster would log had the step yielded it, but quiet on the console."""
    step = context.get_step_execution_context()
    event = DagsterEvent(
        event_type_value=kind.value,
        job_name=step.job_name,
        step_handle=step.step.handle,
        node_handle=step.step.node_handle,
        step_kind_value=step.step.kind.value,
        logging_tags=step.event_tags,
        event_specific_data=data,
        message=message,
        pid=os.getpid(),
    )
    return EventLogEntry(
        user_message="",
        level=DEBUG,
        job_name=step.job_name,
        run_id=step.run_id,
        error_info=None,
        timestamp=time.time(),
        step_key=step.step.key,
        dagster_event=event,
    )
