"""How old a table may become before somebody should look: the time between its deliveries, and some grace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Freshness:
    """A table is late when it was last made more than `within` ago, and nearly so after `warn_after`.

    It is about when the table was last made, not about what its rows say. Without `within` it is never late.
    """

    within: timedelta | None
    warn_after: timedelta | None = None


NEVER_LATE = Freshness(None)
SHORTEST = timedelta(minutes=1)
# After the end of its last partition a table waits for deliveries, and for the layers below it.
GRACE = {"bronze": timedelta(hours=12), "silver": timedelta(hours=18), "gold": timedelta(hours=24)}
# For master data, which comes when it comes, and where the calendar has ended and only corrections can come.
SIGN_OF_LIFE = timedelta(days=31)


def default_freshness(layer: str, step: timedelta | None) -> Freshness:
    """What holds for a table that says nothing: the time until its next partition and the grace of its layer.

    `step` is None where no next one comes.
    """
    usual = SIGN_OF_LIFE if step is None else step
    return Freshness(usual + GRACE[layer], usual + GRACE[layer] / 2)
