"""Engines: where transforms are computed. All that differs between engines lies here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.errors import EngineError

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings
    from resources.engines.engine import Engine


def engine_of(settings: Settings) -> Engine:
    """The engine that LAKEHOUSE_ENGINE chooses; nothing is started and nothing of other engines is loaded.

    With Databricks tables are made by jobs there. What this process itself computes, such as a frame that an asset of
    your own loads, it computes by the embedded engine.
    """
    match settings.engine:
        case "spark":
            from resources.engines.spark import SparkEngine

            return SparkEngine()
        case "embedded" | "databricks":
            from resources.engines.embedded import EmbeddedEngine

            return EmbeddedEngine()
        case other:
            raise EngineError(f"{other!r} is no engine", remedy="set LAKEHOUSE_ENGINE to one of those in the README")
