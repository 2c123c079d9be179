"""Engines: where transforms are computed. All that differs between engines lies here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings
    from resources.engines.engine import Engine


def engine_of(settings: Settings) -> Engine:
    """The engine that LAKEHOUSE_ENGINE chooses; nothing is started and nothing of other engines is loaded."""
    match settings.engine:
        case "spark":
            from resources.engines.spark import SparkEngine

            return SparkEngine()
        case _:
            from resources.engines.embedded import EmbeddedEngine

            return EmbeddedEngine()
