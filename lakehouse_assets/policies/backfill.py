"""How much of a table one run of a backfill makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Backfill:
    """A run makes an unbroken range of at most `partitions_per_run`; what one run loses by a failure is bounded.

    Tables that are to be made by the same runs must say the same.
    """

    partitions_per_run: int = 400


DEFAULT = Backfill()
