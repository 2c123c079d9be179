"""The asset graph as text: what a reviewer must see when a table changes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dagster import TimeWindowPartitionsDefinition

if TYPE_CHECKING:
    # Underscore module: Dagster does not export the graph that it resolves definitions to.
    from dagster._core.definitions.assets.graph.asset_graph import AssetGraph, AssetNode


def asset_graph() -> str:
    """Every asset with what it reads, its partitions, owners and checks, as Dagster itself sees them."""
    from lakehouse_assets.definitions import defs

    return text_of(defs.resolve_asset_graph())


def text_of(graph: AssetGraph) -> str:
    """The same of any graph."""
    keys = sorted(graph.get_all_asset_keys())
    return "\n".join(_lines(graph.get(key), graph) for key in keys)


def _lines(node: AssetNode, graph: AssetGraph) -> str:
    partitions = node.partitions_def
    calendar = "none"
    if isinstance(partitions, TimeWindowPartitionsDefinition):
        calendar = f"{partitions.cron_schedule}, {partitions.get_num_partitions()} partitions"
    checks = sorted(key.name for key in graph.asset_check_keys if key.asset_key == node.key)
    return "\n".join(
        [
            node.key.to_user_string(),
            f"  reads: {', '.join(sorted(k.to_user_string() for k in node.parent_keys)) or 'deliveries'}",
            f"  partitions: {calendar}",
            f"  owners: {', '.join(node.owners)}",
            f"  kinds: {', '.join(sorted(node.kinds))}",
            *(f"  check: {name}" for name in checks),
            "",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(asset_graph())
