"""How the checks of each table stand, by Dagster's records."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance


def count_checks(instance: DagsterInstance) -> dict[str, tuple[int, int]]:
    """For each table, how many of its checks passed and failed; one that failed for any partition failed.

    Counted is the latest evaluation of each partition.
    """
    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status

    from lakehouse_assets.definitions import defs

    keys = [spec.key for assets in defs.resolve_asset_graph().assets_defs for spec in assets.check_specs]
    failed: set[object] = set()
    seen: set[object] = set()
    for info in instance.event_log_storage.get_asset_check_partition_info(keys):
        seen.add(info.check_key)
        if info.latest_execution_status == Status.FAILED:
            failed.add(info.check_key)
    counts: dict[str, tuple[int, int]] = {}
    for key in seen:
        table = "/".join(key.asset_key.path)  # type: ignore[attr-defined]
        passed, bad = counts.get(table, (0, 0))
        counts[table] = (passed + (key not in failed), bad + (key in failed))
    return counts
