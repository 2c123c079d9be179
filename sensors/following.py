"""Silver and gold follow what they are made from: a condition for Dagster's declarative automation.

Whether a partition is due is not guessed from events: the tables' own logs say what it was made from, and what it
would be made from now.
"""

# Without postponed annotations: Dagster reads the types of conditions.
import json
import warnings
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

import dagster as dg
from dagster._core.asset_graph_view.asset_graph_view import AssetGraphView

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.declare.table import Table
from lakehouse_assets.lake import Lake
from lakehouse_assets.orchestration.runs import covered
from lakehouse_assets.settings import Settings
from sensors.attempts import attempt_of, remembered
from sensors.offers import Attempt, Limits, offers, parted, state_of

EVERY_SECONDS = 30
PATIENCE = timedelta(hours=1)  # for what a partition reads to be whole; then it is made of what there is
RUNS = 1_000  # that are looked back at, however they went
# Dagster itself puts partitions that follow one another together.
LIMITS = Limits(runs=10_000)


class Due(dg.AutomationCondition[dg.AssetKey]):
    """True of partitions that do not hold what they would be made from now, once what they read is whole.

    A week waits for its days: as long as deliveries of one of them are to be loaded, or it is to be made. What
    failed for good is true again when something that it is made from, or its code, has changed; what failed for a
    reason that may pass, a few times, after ever longer waits.
    """

    @property
    def name(self) -> str:
        """What the UI calls it."""
        return "due"

    @property
    def description(self) -> str:
        """What the UI says of it."""
        return "Does not hold what it would be made from now, and what it reads is whole"

    @property
    def requires_cursor(self) -> bool:
        """Keeps since when a partition has been due as it is."""
        return True

    def evaluate(self, context: dg.AutomationContext[dg.AssetKey]) -> dg.AutomationResult[dg.AssetKey]:
        """Look at the lake."""
        table, now = find_table("/".join(context.key.path)), context.evaluation_time.astimezone(UTC)
        lake = _lake(context.asset_graph_view)
        states = {slot: state_of(number) for slot, number in lake.due(table).items()}
        since = _since(context.cursor, states, now)
        unsettled = lake.unsettled_below(table)
        ready = {s: state for s, state in states.items() if s not in unsettled or now - since[s] >= PATIENCE}
        tried = _attempts(context.asset_graph_view.instance, table, ready, since) if ready else []
        order = table.calendar.keys() if table.calendar else ("",)
        found = parted(offers(ready, order, tried, now, LIMITS).now, order)
        chosen = {slot for offer in found for slot in offer.slots}
        return dg.AutomationResult(context, _subset(context, chosen), cursor=_cursor(states, since))


_lakes: WeakKeyDictionary[AssetGraphView, Lake] = WeakKeyDictionary()


def _lake(look: AssetGraphView) -> Lake:
    """One view of the lake for all conditions of one look: its logs are read once."""
    if look not in _lakes:
        _lakes[look] = Lake(Settings.from_environment())
    return _lakes[look]


def follows() -> dg.AutomationCondition[dg.AssetKey]:
    """When a partition is made by itself: it is due, and nothing that it reads is being made or about to be.

    Blocking checks need no condition of their own. A publication that one of them refuses changes no table and no
    mark, so nothing below it becomes due; and rows that a rule set apart, which Dagster shows as a failed check
    too, hold nothing back.
    """
    condition = dg.AutomationCondition
    return (
        Due()
        & ~condition.in_progress()
        & ~condition.any_deps_in_progress()
        & ~condition.any_deps_match(condition.will_be_requested())
    ).with_label("follows what it is made from")


def following(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The spec of a silver or gold table with the condition; any other as it is."""
    layer = spec.key.path[0]
    return spec.replace_attributes(automation_condition=follows()) if layer in ("silver", "gold") else spec


def automation_sensor() -> dg.AutomationConditionSensorDefinition:
    """Makes silver and gold when they are due.

    Many partitions are asked for as one backfill, which a table makes in one run; without, each would be a run. The
    condition is known in the code's own process only. That it is evaluated there is Dagster's beta; it is
    pinned and tested here, so its notice is not repeated at every start.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.AutomationConditionSensorDefinition(
            "silver_and_gold",
            target=dg.AssetSelection.groups("silver", "gold"),
            minimum_interval_seconds=EVERY_SECONDS,
            use_user_code_server=True,
            description="Makes silver and gold partitions that do not hold what they would be made from now.",
        )


def _subset(context: dg.AutomationContext[dg.AssetKey], slots: Iterable[str]) -> "dg.EntitySubset[dg.AssetKey]":
    chosen = set(slots)
    if context.partitions_def is None or not chosen:
        return context.candidate_subset if chosen else context.get_empty_subset()
    found = context.asset_graph_view.get_subset_from_partition_keys(context.key, context.partitions_def, chosen)
    return context.candidate_subset.compute_intersection(found)


def _attempts(
    instance: dg.DagsterInstance, table: Table, states: Mapping[str, str], since: Mapping[str, datetime]
) -> list[Attempt]:
    """Runs of the table since its partitions became due as they are, each as an attempt at their present state."""
    first = min(since[slot] for slot in states)
    records = remembered(instance, RUNS, created_after=first)
    key = dg.AssetKey([table.layer, table.name])
    found = []
    for record in records:
        run = record.dagster_run
        created = record.create_timestamp.replace(tzinfo=UTC)
        slots = covered(table, run.tags) if run.asset_selection and key in run.asset_selection else ()
        mine = {slot: states[slot] for slot in slots if slot in states and since[slot] <= created}
        if mine:
            found.append(attempt_of(record, mine))
    return found


def _since(cursor: str | None, states: Mapping[str, str], now: datetime) -> dict[str, datetime]:
    """When each partition was first seen due as it is; now, where that is not known, or the clock was set back."""
    try:
        known = {slot: (state, float(at)) for slot, (state, at) in json.loads(cursor or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        known = {}
    return {
        slot: min(datetime.fromtimestamp(known[slot][1], UTC), now) if known.get(slot, ("",))[0] == state else now
        for slot, state in states.items()
    }


def _cursor(states: Mapping[str, str], since: Mapping[str, datetime]) -> str:
    return json.dumps({s: (state, since[s].timestamp()) for s, state in states.items()}, separators=(",", ":"))
