"""What a look of the alerts finds in a real Dagster instance: shared by the tests of what it reads."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from sensors.alerts.looking import learn, open_now
from sensors.alerts.records import records_of
from sensors.alerts.state import State

NOW = datetime.now(UTC)
SILVER = dg.AssetKey(["silver", "transactions"])
PERSONAL = "household-4711"


def repository(*assets: dg.AssetSpec, schedules: list[dg.ScheduleDefinition] | None = None) -> dg.RepositoryDefinition:
    return dg.Definitions(assets=assets or [dg.AssetSpec(SILVER)], schedules=schedules).get_repository_def()


def wrong(instance: dg.DagsterInstance, code: dg.RepositoryDefinition, now: datetime = NOW) -> list[tuple[str, str]]:
    """What a look at `now` finds, of a state that knows nothing but that there was a look a minute ago."""
    state = State(looked=now.timestamp() - 60)
    records = records_of(instance, code, state, now)
    return [(p.kind, p.subject) for p in open_now(learn(state, records, now.timestamp()), records, now.timestamp())]
