"""The asset graph is a reviewed file: whoever changes a table sees in the diff what Dagster will show."""

from pathlib import Path

from lakehouse_assets.operate.snapshot import asset_graph

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")


def test_the_asset_graph_is_the_reviewed_one() -> None:
    assert asset_graph() == SNAPSHOT.read_text(), "if the change is meant: make snapshot, and review the diff"
