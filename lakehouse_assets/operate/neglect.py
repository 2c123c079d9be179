"""What maintenance is due of a table and of its quarantine, as far as their files and the ends of their logs tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.maintaining.figures import figures_of
from lakehouse_assets.maintaining.planning import Kind, plan

if TYPE_CHECKING:
    from datetime import datetime

    from deltalake import DeltaTable

    from lakehouse_assets.policies.maintenance import Maintenance

# Of what `lakehouse maintain` does, that for which neither all files are listed nor releases are read.
SEEN: tuple[Kind, ...] = ("statistics", "compact", "cluster", "checkpoint")


@dataclass(frozen=True)
class Neglect:
    """A task of maintenance that is due, of the table or of its `quarantine`; from an urgency of 1 on it is."""

    kind: Kind
    urgency: float
    why: str
    quarantine: bool = False


def neglect_of(
    stored: DeltaTable | None,
    url: str,
    policy: Maintenance,
    look_back: int,
    now: datetime,
    *,
    quarantine: bool = False,
) -> list[Neglect]:
    """What is due of a table by its policy, the worst first; of one that was never published, nothing.

    Of the log its names are read, and of a table whose rows are put together its latest `look_back` commits: what
    came before them is not counted, so a share may be greater than what is said.
    """
    if stored is None:
        return []
    tasks = plan(figures_of(stored, url, policy, look_back), policy, {}, now)
    return [Neglect(task.kind, task.urgency, task.why, quarantine) for task in tasks if task.kind in SEEN]
