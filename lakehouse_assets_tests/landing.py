"""Deliveries in a landing zone on disk, and loads of them, for which nothing may ask for an engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


def put(lake: Settings, name: str, text: str) -> Path:
    """Put a delivery at `<source>/<partition>/<file>`, in place of what may lie there."""
    path = Path(lake.landing, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def no_engine() -> NoReturn:
    """The engine of whoever loads deliveries: to ask for one fails."""
    raise AssertionError("deliveries are loaded without an engine")
