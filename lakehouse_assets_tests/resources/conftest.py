"""What several files of these tests ask for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakehouse_assets_tests.resources.plain_assets import Run

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings
    from resources.engines.embedded import EmbeddedEngine


@pytest.fixture
def run(engine: EmbeddedEngine, lake: Settings) -> Run:
    """Runs of plain assets over an empty lake."""
    return Run(engine)
