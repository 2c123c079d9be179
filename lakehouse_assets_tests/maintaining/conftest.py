"""What several files of these tests ask for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakehouse_assets import catalog
from lakehouse_assets_tests.maintaining.prices import DECLARED, FIRST, SECOND, deliver, run

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


@pytest.fixture
def priced(lake: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two days of two files, each loaded twice with other rows, some rejected: versions 0 and 1."""
    monkeypatch.setattr(catalog, "tables", lambda: DECLARED)
    for price in (3, 5):
        for day in (FIRST, SECOND):
            deliver(lake, day, f"tea,{price}\nrum,-{price}\n")
            deliver(lake, day, f"gin,{price}\n", name="more")
        run(lake, spark)
    return lake
