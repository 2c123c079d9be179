"""What compute costs: a rate for an hour of each engine, declared by whoever pays for it."""

from __future__ import annotations

import math
import os

from lakehouse_assets.errors import SettingsError

VARIABLE = "LAKEHOUSE_RATE_"  # + the engine in capitals: money for an hour of it, in whatever currency is meant


def rate_per_hour(engine: str) -> float | None:
    """What an hour of an engine costs, by `LAKEHOUSE_RATE_EMBEDDED`, `_SPARK` or `_DATABRICKS`; None where none is set.

    There is no default: a machine that runs anyway costs nothing more, or all that it costs, and only its owner knows.
    Raises SettingsError for what is no amount.
    """
    name = VARIABLE + engine.upper()
    said = os.environ.get(name)
    if not said:
        return None
    try:
        rate = float(said)
    except ValueError:
        rate = math.nan
    if not 0 <= rate < math.inf:
        raise SettingsError(
            f"{name}={said!r} is no rate", remedy="write what an hour costs as a plain number, such as 0.25"
        )
    return rate


def estimate(seconds: float, engine: str) -> float | None:
    """What so many seconds of an engine cost by its rate; None where no rate is declared."""
    rate = rate_per_hour(engine)
    return None if rate is None else round(seconds * rate / 3600, 6)
