"""Backfills of Dagster: the daemon starts their runs, and the UI shows them under Runs, Backfills."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import LakehouseError

if TYPE_CHECKING:
    import dagster as dg
    from dagster import DagsterInstance
    from dagster._core.definitions.assets.graph.asset_graph_subset import AssetGraphSubset
    from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
    from dagster._core.execution.backfill import PartitionBackfill

    from lakehouse_assets.operate.backfill.chunks import Chunk
    from lakehouse_assets.operate.backfill.plan import Plan


TOGETHER = "lakehouse/together"  # tag of the two backfills of one plan: the first one's id
LOOKED_AT = 200  # backfills that one is looked for among, where not by its whole id: the automation makes many


class BackfillError(LakehouseError):
    """A backfill that cannot be started, found or changed."""


def launch(
    plan: Plan,
    instance: DagsterInstance,
    graph: BaseAssetGraph[Any],
    title: str,
    after: PartitionBackfill | None = None,
) -> list[PartitionBackfill]:
    """Ask Dagster for the runs of a plan over the asset graph; `after` is the backfill whose rest this is.

    It is one backfill, or two where partitions are to go alone, and without the plan's runs that have to wait for them.
    Its runs are for the lake of the plan: a daemon that works on another fails them.
    Raises BackfillError where another one that is under way is for the same partitions.
    """
    import dagster as dg
    from dagster._core.execution.backfill import PartitionBackfill
    from dagster._core.storage.tags import PARENT_BACKFILL_ID_TAG, ROOT_BACKFILL_ID_TAG
    from dagster._core.utils import make_new_backfill_id

    from lakehouse_assets.orchestration.tags import FORCE, LAKE

    all_covered = [_targets(lane) for lane in plan.lanes.now]
    for covered in all_covered:
        _require_free(instance, covered)
    tags = {LAKE: plan.lake} | ({FORCE: "true"} if plan.force else {})
    ids = [make_new_backfill_id() for _ in all_covered]
    if len(ids) > 1:
        tags |= {TOGETHER: ids[0]}
    begun: list[PartitionBackfill] = []
    for backfill_id, covered in zip(ids, all_covered, strict=True):
        parent = after or next(iter(begun), None)
        if parent is not None:
            root = parent.tags.get(ROOT_BACKFILL_ID_TAG, parent.backfill_id)
            tags = tags | {PARENT_BACKFILL_ID_TAG: parent.backfill_id, ROOT_BACKFILL_ID_TAG: root}
        pairs = {(dg.AssetKey(table.split("/")), slot or None) for table, slots in covered.items() for slot in slots}
        backfill = PartitionBackfill.from_asset_graph_subset(
            backfill_id=backfill_id,
            backfill_timestamp=time.time(),
            tags=tags,
            dynamic_partitions_store=instance,
            asset_graph_subset=_subset(pairs, graph),
            title=title,
            description=None,
            run_config=None,
        )
        instance.add_backfill(backfill)
        begun.append(backfill)
    return begun


def cancel(instance: DagsterInstance, backfill: PartitionBackfill) -> None:
    """End the runs of a backfill, and have the daemon start no more of them.

    A run that cannot be reached from here the daemon ends, which looks every half a minute. Raises BackfillError for
    a backfill that is over.
    """
    from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, BulkActionStatus
    from dagster._core.storage.dagster_run import CANCELABLE_RUN_STATUSES, RunsFilter
    from dagster._core.storage.tags import BACKFILL_ID_TAG

    if backfill.status in BULK_ACTION_TERMINAL_STATUSES:
        raise BackfillError("it is over already", where=f"backfill {backfill.backfill_id}")
    instance.update_backfill(backfill.with_status(BulkActionStatus.CANCELING))
    of_it = RunsFilter(statuses=CANCELABLE_RUN_STATUSES, tags={BACKFILL_ID_TAG: backfill.backfill_id})
    for run in instance.get_runs(of_it):
        instance.run_coordinator.cancel_run(run.run_id)


def together(instance: DagsterInstance, backfill: PartitionBackfill) -> list[PartitionBackfill]:
    """A backfill, and the other one where its plan became two."""
    if TOGETHER not in backfill.tags:
        return [backfill]
    return _tagged(instance, TOGETHER, backfill.tags[TOGETHER])


def family(instance: DagsterInstance, backfill: PartitionBackfill) -> list[PartitionBackfill]:
    """All backfills that are the rest of the same one, and that one."""
    from dagster._core.storage.tags import ROOT_BACKFILL_ID_TAG

    root = backfill.tags.get(ROOT_BACKFILL_ID_TAG, backfill.backfill_id)
    first = instance.get_backfill(root)
    return [*_tagged(instance, ROOT_BACKFILL_ID_TAG, root), *([first] if first and first.is_asset_backfill else [])]


def _tagged(instance: DagsterInstance, name: str, value: str) -> list[PartitionBackfill]:
    """All backfills with a tag, the newest first."""
    from dagster._core.execution.backfill import BulkActionsFilter

    return [b for b in instance.get_backfills(BulkActionsFilter(tags={name: value})) if b.is_asset_backfill]


def find(instance: DagsterInstance, backfill_id: str | None) -> PartitionBackfill:
    """A backfill by its id, or by how the id of one of the latest begins; without one, the newest.

    Raises BackfillError where none is meant, or more than one.
    """
    exact = instance.get_backfill(backfill_id) if backfill_id else None
    if exact and exact.is_asset_backfill:
        return exact
    newest = [b for b in instance.get_backfills(limit=LOOKED_AT) if b.is_asset_backfill]
    found = [b for b in newest if b.backfill_id.startswith(backfill_id or "")]
    if not found:
        raise BackfillError(
            f"there is no backfill {backfill_id}" if backfill_id else "there was no backfill yet",
            remedy="`lakehouse backfill status --all` lists them" if newest else "`lakehouse backfill start` makes one",
        )
    if backfill_id and len(found) > 1:
        raise BackfillError(f"{len(found)} backfills begin with {backfill_id!r}", remedy="write more of the id")
    return found[0]


def targets(backfill: PartitionBackfill) -> dict[str, set[str]]:
    """By table id the partitions that a backfill is for."""
    return partitions_of(backfill.asset_backfill_data.target_subset) if backfill.asset_backfill_data else {}


def partitions_of(subset: AssetGraphSubset) -> dict[str, set[str]]:
    """A set of partitions of assets, by table id."""
    found = {"/".join(k.path): set(p.get_partition_keys()) for k, p in subset.partitions_subsets_by_asset_key.items()}
    return found | {"/".join(key.path): {""} for key in subset.non_partitioned_asset_keys}


def _targets(chunks: Iterable[Chunk]) -> dict[str, set[str]]:
    """What these runs cover: also the days that were never delivered, over which their ranges reach."""
    found: dict[str, set[str]] = {}
    for chunk in chunks:
        for table in chunk.tables:
            found.setdefault(table.id, set()).update(chunk.keys or ("",))
    return found


def _require_free(instance: DagsterInstance, wanted: Mapping[str, set[str]]) -> None:
    from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus

    under_way = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING]
    for backfill in instance.get_backfills(BulkActionsFilter(statuses=under_way)):
        for table, slots in targets(backfill).items():
            both = slots & wanted.get(table, set())
            if both:
                raise BackfillError(
                    f"it is for {len(both)} of the same partitions of {table}",
                    where=f"backfill {backfill.backfill_id}, which is under way",
                    remedy=f"let it end, or `lakehouse backfill cancel {backfill.backfill_id}`",
                )


def _subset(pairs: Iterable[tuple[dg.AssetKey, str | None]], graph: BaseAssetGraph[Any]) -> AssetGraphSubset:
    from dagster._core.definitions.assets.graph.asset_graph_subset import AssetGraphSubset
    from dagster._core.definitions.events import AssetKeyPartitionKey

    return AssetGraphSubset.from_asset_partition_set({AssetKeyPartitionKey(*pair) for pair in pairs}, graph)
