"""What an hour of an engine costs, as the deployment declares it."""

from __future__ import annotations

import os

from lakehouse_assets.errors import SettingsError


def rate_per_hour(engine: str) -> float | None:
    """The declared cost of an hour of `engine`, in the deployment's own currency; None where none is declared.

    It is read from LAKEHOUSE_RATE_EMBEDDED, LAKEHOUSE_RATE_SPARK and LAKEHOUSE_RATE_DATABRICKS. Raises SettingsError
    for what is no number, or below zero.
    """
    name = f"LAKEHOUSE_RATE_{engine.upper()}"
    value = os.environ.get(name)
    if not value:
        return None
    try:
        rate = float(value)
    except ValueError:
        rate = -1.0
    if not 0 <= rate < float("inf"):
        raise SettingsError(f"{name}={value!r} is no rate", remedy="write what an hour costs as a number, such as 0.35")
    return rate


def estimate(seconds: float, engine: str) -> float | None:
    """What so many seconds of an engine cost by its rate; None where no rate is declared."""
    rate = rate_per_hour(engine)
    return None if rate is None else round(seconds * rate / 3600, 6)
