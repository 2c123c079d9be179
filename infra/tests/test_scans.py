"""checkov has nothing against the tree, and whatever it was told to pass over has a reason beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.scans import checkov

if TYPE_CHECKING:
    from pathlib import Path


def test_checkov_has_nothing_against_the_terraform(shared_tree: Path) -> None:
    scan = checkov(shared_tree, "terraform")
    assert scan.failed == ()
    assert scan.passed > 30
    assert [skip for skip in scan.skipped if len(skip.reason.split()) < 4] == []
