"""Running assets as a deployment on Databricks would, and reading what Dagster recorded."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from lakehouse_assets import catalog
from lakehouse_assets.orchestration.assets import IO_MANAGER, assets_of
from resources.delta_io_manager import DeltaIOManager
from resources.engines.embedded import EmbeddedEngine

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


@cache
def definitions(chosen: tuple[Table, ...], *, remote: bool) -> dg.Definitions:
    """The definitions of a deployment that computes on Databricks, or of one that does so in process."""
    engine = EmbeddedEngine()
    return dg.Definitions(
        assets=assets_of(chosen, lambda: engine.spark_session, engine.stage, remote=remote),
        resources={"engine": engine, IO_MANAGER: DeltaIOManager(engine=engine)},
        executor=dg.in_process_executor,
    )


def run(
    instance: dg.DagsterInstance,
    key: str,
    first: str | None = None,
    last: str | None = None,
    *,
    remote: bool = True,
    **tags: str,
) -> Any:
    """Materialise one asset, for days from `first` to `last`."""
    job = definitions(tuple(catalog.tables().values()), remote=remote).resolve_implicit_global_asset_job_def()
    span = {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last or first} if first else {}
    return job.get_subset(asset_selection={dg.AssetKey(key.split("/"))}).execute_in_process(
        run_config={"loggers": {"console": {}}}, instance=instance, tags={**span, **tags}, raise_on_error=False
    )


def reason(result: Any) -> str:
    """Why the first failed step of a run failed."""
    failures = [e.step_failure_data for e in result.all_events if e.is_step_failure]
    data = failures[0]
    return data.user_failure_data.description if data.user_failure_data else data.error_display_string


def retried(result: Any) -> bool:
    """Whether a step of the run was to be tried again."""
    return any(event.is_step_up_for_retry for event in result.all_events)


def materializations(instance: dg.DagsterInstance, result: Any, key: str) -> dict[str, dict[str, Any]]:
    """The metadata of an asset's materialisations in a run, by partition."""
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    events = [
        r.event_log_entry.dagster_event for r in instance.get_records_for_run(result.run_id, of_type=kind).records
    ]
    found = [e.step_materialization_data.materialization for e in events if "/".join(e.asset_key.path) == key]
    return {m.partition or "": {name: value.value for name, value in m.metadata.items()} for m in found}


def checks(instance: dg.DagsterInstance, result: Any) -> dict[tuple[str, str], tuple[bool, str, dict[str, Any]]]:
    """The results of a run's checks, by check and partition: passed, severity, figures."""
    found = {}
    for record in instance.get_records_for_run(
        result.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records:
        said = record.event_log_entry.dagster_event.asset_check_evaluation_data
        figures = {name: value.value for name, value in said.metadata.items() if name != "run_id"}
        found[said.check_name, said.partition or ""] = (said.passed, said.severity.value, figures)
    return found


TIMES = {"dagster/uri", "databricks_run", "size_bytes", "bytes_scanned", "bytes_written", "peak_memory_bytes"}


def facts(instance: dg.DagsterInstance, result: Any, key: str) -> dict[str, dict[str, Any]]:
    """What a run told of an asset, by partition, without times, places and sizes."""
    return {
        slot: {name: value for name, value in said.items() if name not in TIMES and not name.startswith("seconds")}
        for slot, said in materializations(instance, result, key).items()
    }


def rows(settings: Settings, key: str) -> list[dict[str, Any]]:
    """The rows of a table, without the stamps of the run that loaded them, in an order of their own."""
    found = pl.read_delta(f"{settings.root}/{key}")
    kept = found.drop([name for name in ("_loaded_at", "_run_id", "_source_modified") if name in found.columns])
    return kept.sort(kept.columns).to_dicts()
