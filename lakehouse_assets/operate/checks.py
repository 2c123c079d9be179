"""How the checks of each table stand, by Dagster's records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from resources.latest_checks import FailedCheck, failed_locally

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from lakehouse_assets.settings import Settings


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


def failed_checks(settings: Settings) -> list[FailedCheck]:
    """The latest results of rules and checks that did not pass, by table, rule and partition."""
    found = failed_locally(settings)
    if found is not None:
        return found
    from resources.dagster_home import open_instance

    with open_instance(settings) as instance:
        return sorted(failed_by(instance), key=lambda one: (one.asset, one.check, one.partition))


def failed_by(instance: DagsterInstance) -> Iterator[FailedCheck]:
    """The same from Dagster itself, whatever it keeps its records in; in no order."""
    import dagster as dg

    from lakehouse_assets.definitions import defs
    from lakehouse_assets.orchestration.checks import failed_results

    keys = [spec.key for assets in defs.resolve_asset_graph().assets_defs for spec in assets.check_specs]
    for found in failed_results(instance, keys):
        rows = found.metadata.get("failed_rows")
        yield FailedCheck(
            asset="/".join(found.asset_key.path),
            check=found.check_name,
            partition=found.partition or "",
            failed_rows=rows.value if isinstance(rows, dg.IntMetadataValue) else None,
            severity=found.severity.value,
            blocking=bool(found.blocking),
        )
