"""What a plan says to people, in the terminal and in the log of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.operate.words import some

if TYPE_CHECKING:
    from lakehouse_assets.operate.backfill.plan import Plan


def estimate_said(plan: Plan) -> str:
    """How much a plan makes and what that takes, in a sentence or two."""
    taken = plan.estimate
    said = f"{some(plan.partitions, 'partition')} in {some(taken.runs, 'run')}, about {_duration(taken.seconds)}"
    said += f" and {taken.rows:,.0f} rows, by past runs"
    if taken.cost is not None:
        said += f"; cost {taken.cost:.4g} at the declared rate"
    else:
        said += "; no cost, as no rate is declared (LAKEHOUSE_RATE_<ENGINE>)"
    if taken.unknown:
        said += f". Not counted, for want of a past run: {', '.join(taken.unknown)}"
    return said + "."


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
