"""The asset graph is a reviewed file: whoever changes a table sees in the diff what Dagster will show."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from lakehouse_assets.catalog import tables
from lakehouse_assets.ingest.load import stage_here
from lakehouse_assets.operate.snapshot import asset_graph, text_of
from lakehouse_assets.orchestration.assets import assets_of
from lakehouse_assets.orchestration.maintenance import maintenance_assets

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")


def graph_of(*, remote: bool) -> Any:
    made = assets_of(tables().values(), lambda: pytest.fail("a graph starts no engine"), stage_here, remote=remote)
    kept = maintenance_assets(tables().values(), lambda: pytest.fail("a graph starts no engine"))
    return dg.Definitions(assets=[*made, *kept], resources={"lake": dg.mem_io_manager}).resolve_asset_graph()


def test_the_asset_graph_is_the_reviewed_one() -> None:
    assert asset_graph() == SNAPSHOT.read_text(), "if the change is meant: make snapshot, and review the diff"


def test_on_databricks_it_is_the_same_one() -> None:
    assert text_of(graph_of(remote=True)) == SNAPSHOT.read_text()


def test_on_databricks_partitions_map_to_the_same_partitions_and_checks_block_alike() -> None:
    local, remote = graph_of(remote=False), graph_of(remote=True)
    for key in local.get_all_asset_keys():
        mine, theirs = local.get(key), remote.get(key)
        assert (mine.description, mine.group_name, mine.metadata) == (
            theirs.description,
            theirs.group_name,
            theirs.metadata,
        )
        assert (mine.code_version, mine.backfill_policy, mine.pools) == (
            theirs.code_version,
            theirs.backfill_policy,
            theirs.pools,
        )
        for parent in mine.parent_keys:
            assert mine.partition_mappings.get(parent) == theirs.partition_mappings.get(parent), (key, parent)
    for check in local.asset_check_keys:
        assert local.get_check_spec(check) == remote.get_check_spec(check)
