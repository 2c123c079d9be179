"""The Delta IO manager: Dagster's loads and stores, kept thin over the publishing library."""

# Without postponed annotations: Dagster reads the types of a resource's fields.
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg

from lakehouse_assets.errors import OutsideRangeError, UnknownTableError
from lakehouse_assets.policies.cost import estimate
from lakehouse_assets.publish.claim import require_claim
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.effort import Effort, watch_memory
from lakehouse_assets.publish.frames import kind_of, load_frame, schema_of, stage_frame
from lakehouse_assets.publish.judge import Judged
from lakehouse_assets.publish.publication import Publication, publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.settings import Settings
from resources.engines.engine import Engine
from resources.telling import retried

PARTITION_COLUMN = "partition_column"  # metadata of an asset: the column that holds its partition keys


@dataclass
class Handover:
    """A judged run on its way through the IO manager, which leaves the publication in it.

    `telling` says how a failure of the publication is told.
    """

    judged: Judged
    origin: Origin
    telling: Callable[[], AbstractContextManager[None]] = nullcontext
    publication: Publication | None = None


class DeltaIOManager(dg.ConfigurableIOManager):
    """Stores outputs as Delta tables at `<root>/<asset key>` and loads inputs from them.

    An input annotated as a Spark, pandas, polars or Arrow frame arrives as that; without an annotation it is
    a Spark frame. A partitioned asset names its partition column in the metadata `partition_column`; a store
    replaces exactly the run's partitions, a load reads exactly the mapped ones, and all of them for an
    unpartitioned reader. Rows outside the run's partitions are an error that names them.
    """

    engine: dg.ResourceDependency[Engine]

    def load_input(self, context: dg.InputContext) -> Any:
        """The upstream table as the annotated frame, cut to the partitions that this run reads."""
        step = context._step_context  # noqa: SLF001 - its public name raises where somebody loads outside of a run
        if step is None:
            return self._load(context)
        name = context.asset_key.to_user_string()
        with retried(name, step.instance, step.run_id, step.previous_attempt_count):
            return self._load(context)

    def _load(self, context: dg.InputContext) -> Any:
        url = _url(context.asset_key)
        if open_table(url) is None:
            raise UnknownTableError(
                f"{context.asset_key.to_user_string()} was never published", where=url, remedy="materialise it first"
            )
        upstream = context.upstream_output
        column = ((upstream.definition_metadata if upstream else None) or {}).get(PARTITION_COLUMN)
        keys = tuple(context.asset_partition_keys) if context.has_asset_partitions else None
        kind = kind_of(context.dagster_type.typing_type)
        return load_frame(url, kind, column, keys, lambda: self.engine.spark_session)

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Publish a frame, or what a declared table has judged already."""
        if obj is None:
            return
        if not isinstance(obj, Handover):
            require_claim(Settings.from_environment(), context.asset_key.path[0])
            target = _plain_target(context, obj)
            watch_memory()
            started = time.perf_counter()
            staged = stage_frame(obj, target, _plain_range(context, target))
            effort = Effort(judge=time.perf_counter() - started)
            obj = Handover(replace(staged, effort=effort), Origin(context.run_id))
        with obj.telling():
            obj.publication = publish(obj.judged, obj.origin)
        context.add_output_metadata(describe(obj.publication))


def describe(publication: Publication) -> dict[str, Any]:
    """What a materialisation tells of a publication, in Dagster's own words where it has them."""
    total = publication.judgement.total
    rows = {"rows_of_run": total.accepted} if publication.range.column else {"dagster/row_count": total.accepted}
    return {
        **rows,
        "dagster/uri": dg.MetadataValue.path(publication.url),
        "delta_version": publication.version,
        "rows_delivered": total.delivered,
        "rows_quarantined": total.quarantined,
        "size_bytes": publication.size_bytes,
        "files": publication.files,
        **describe_effort(publication.effort),
        **({"columns_changed": "\n".join(publication.columns_changed)} if publication.columns_changed else {}),
    }


def describe_effort(effort: Effort) -> dict[str, Any]:
    """What making and publishing took, as numbers that the UI plots: seconds by phase, bytes, memory, cost."""
    cost = estimate(effort.seconds, Settings.from_environment().engine)
    return {
        "seconds": round(effort.seconds, 3),
        **({} if effort.read is None else {"seconds_read": round(effort.read, 3)}),
        "seconds_judge": round(effort.judge, 3),
        "seconds_quarantine": round(effort.quarantine, 3),
        "seconds_commit": round(effort.commit, 3),
        **({} if effort.bytes_scanned is None else {"bytes_scanned": effort.bytes_scanned}),
        "bytes_written": effort.bytes_written,
        "peak_memory_bytes": effort.peak_memory_bytes,
        **({} if cost is None else {"cost_estimate": cost}),
    }


def _url(key: dg.AssetKey) -> str:
    settings, (layer, *table) = Settings.from_environment(), key.path
    return settings.table_url(layer, "/".join(table)) if table else f"{settings.root}/{layer}"


def _quarantine_url(key: dg.AssetKey) -> str:
    settings, (layer, *table) = Settings.from_environment(), key.path
    return settings.quarantine_url(layer, "_".join(table)) if table else f"{settings.root}/quarantine/{layer}"


def _plain_target(context: dg.OutputContext, frame: Any) -> Target:
    column = (context.definition_metadata or {}).get(PARTITION_COLUMN)
    if context.has_asset_partitions and column is None:
        raise OutsideRangeError(
            "the asset is partitioned, but does not say by which column",
            where=context.asset_key.to_user_string(),
            remedy='add metadata={"partition_column": "..."} to it',
        )
    path = context.asset_key.path
    return Target(
        id="/".join(path),
        url=_url(context.asset_key),
        quarantine_url=_quarantine_url(context.asset_key),
        schema=schema_of(frame),
        column=column if context.has_asset_partitions else None,
    )


def _plain_range(context: dg.OutputContext, target: Target) -> Range:
    return Range(target.column, tuple(context.asset_partition_keys)) if target.column else Range.whole()
