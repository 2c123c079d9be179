"""Which engine a setting chooses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.errors import EngineError
from resources.engines import engine_of
from resources.engines.embedded import EmbeddedEngine

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


@pytest.mark.parametrize("name", ["embedded", "databricks"])
def test_where_jobs_make_the_tables_frames_of_this_process_are_the_embedded_engines(lake: Settings, name: str) -> None:
    assert isinstance(engine_of(replace(lake, engine=name)), EmbeddedEngine)


def test_an_engine_that_nobody_knows_is_refused_and_not_another_taken(lake: Settings) -> None:
    with pytest.raises(EngineError, match="'steam' is no engine"):
        engine_of(replace(lake, engine="steam"))
