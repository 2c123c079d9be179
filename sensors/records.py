"""A schedule that lets what Dagster recorded join the tables of `ops`, every hour."""

from __future__ import annotations

import dagster as dg

from lakehouse_assets.ops.tables import LAYER


def records_schedule() -> dg.ScheduleDefinition:
    """Brings ops/check_results and ops/materialisations up to date; a tick that is missed costs nothing."""
    return dg.ScheduleDefinition(
        name="records",
        target=dg.AssetSelection.groups(LAYER),
        cron_schedule="17 * * * *",
        description="Lets what rules found and runs took join the tables of ops.",
    )
