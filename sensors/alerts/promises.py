"""Freshness policies as promises: since when each asset would have had to be made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from dagster._core.definitions.freshness import CronFreshnessPolicy, FreshnessPolicy, TimeWindowFreshnessPolicy
from dagster._utils.schedules import get_latest_completed_cron_tick

from sensors.alerts.freshness import Promise

if TYPE_CHECKING:
    import dagster as dg
    from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
    from dagster._core.storage.event_log.base import AssetRecord


def promises_of(graph: BaseAssetGraph, assets: Mapping[dg.AssetKey, AssetRecord], now: datetime) -> list[Promise]:
    """One for each asset with a freshness policy, by the same reckoning as Dagster's own, which only its UI tells."""
    found = []
    for key in graph.get_all_asset_keys():
        policy = graph.get(key).freshness_policy_or_from_metadata
        needed = _needed(policy, now) if policy else None
        if needed is not None:
            last = assets[key].asset_entry.last_materialization if key in assets else None
            name = "/".join(key.path)
            found.append(Promise(name, last.timestamp if last else None, needed, f"/assets/{name}"))
    return found


def _needed(policy: FreshnessPolicy, now: datetime) -> float | None:
    """Since when the asset would have had to be made."""
    if isinstance(policy, TimeWindowFreshnessPolicy):
        return (now - policy.fail_window.to_timedelta()).timestamp()
    if isinstance(policy, CronFreshnessPolicy):
        tick = get_latest_completed_cron_tick(policy.deadline_cron, now, policy.timezone)
        return None if tick is None else (tick - policy.lower_bound_delta).timestamp()
    return None
