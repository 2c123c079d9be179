"""A sensor for each bronze table: runs for files that are new, changed, late or gone."""

# Without postponed annotations: Dagster reads the type of `context`.
from collections.abc import Iterable
from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from lakehouse_assets.declare.table import Table
from lakehouse_assets.settings import Settings
from lakehouse_assets.wording import some_of
from sensors.attempts import attempts_of, tags_of
from sensors.looking import View, look
from sensors.offers import Offer, Offers, offers
from sensors.quiet import Quiet

EVERY_SECONDS = 30
SELDOM_SECONDS = 900  # where messages tell what arrives, a listing finds what they missed


def arrival_sensors(tables: Iterable[Table], every_seconds: int = EVERY_SECONDS) -> list[dg.SensorDefinition]:
    """A sensor for each table that is loaded from deliveries; where messages tell of them, it need not look often."""
    return [arrival_sensor(table, every_seconds) for table in tables if table.source]


def arrival_sensor(table: Table, every_seconds: int = EVERY_SECONDS) -> dg.SensorDefinition:
    """Starts exactly the runs that the table's landing zone calls for.

    What is due is read off the table's own ledger, and what was tried off Dagster's runs, so the cursor may be
    lost and any number of looks may be missed: the next one finds the same.
    """
    key, quiet = dg.AssetKey([table.layer, table.name]), Quiet()

    @dg.sensor(
        name=f"arrivals_{table.name}",
        target=dg.AssetSelection.assets(key),
        minimum_interval_seconds=every_seconds,
        description=f"Loads {table.id} when files below <landing>/{_folder(table)} are new, changed, late or gone.",
    )
    def arrivals(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        seen = look(table, Settings.from_environment(), now, context.cursor, quiet=quiet)
        order = table.calendar.keys() if table.calendar else ("",)
        tried = attempts_of(context.instance, table) if seen.due else []
        found = offers(seen.due, order, tried, now)
        for line in said(table, seen, found):
            context.log.warning(line)
        requests = [request_of(table, offer) for offer in found.now]
        return dg.SensorResult(
            run_requests=requests, skip_reason=None if requests else _why_nothing(seen, found), cursor=seen.cursor
        )

    return arrivals


def said(table: Table, seen: View, found: Offers) -> list[str]:
    """What somebody should look at, in a sentence each."""
    lines = []
    if seen.unknown:
        lines.append(f"{table.id}: folders that are no partition of it: {some_of(seen.unknown)}")
    for reason in dict.fromkeys(found.given_up.values()):
        slots = [slot or "the table" for slot, why in found.given_up.items() if why == reason]
        lines.append(f"{table.id}: {some_of(slots)} waits for other files or other code: {reason}")
    return lines


def request_of(table: Table, offer: Offer, job: str | None = None) -> dg.RunRequest:
    """The run that an offer asks for, tagged so that later looks know it; of a job, where a sensor has several."""
    tags = tags_of(table, offer)
    if table.calendar:
        tags |= {ASSET_PARTITION_RANGE_START_TAG: offer.slots[0], ASSET_PARTITION_RANGE_END_TAG: offer.slots[-1]}
    return dg.RunRequest(job_name=job, asset_selection=[dg.AssetKey([table.layer, table.name])], tags=tags)


def _why_nothing(seen: View, found: Offers) -> str:
    reasons = [
        (len(seen.restless), "still being uploaded"),
        (len(found.waiting), "being loaded, or waiting for another try"),
        (len(found.given_up), "given up until files or code change"),
    ]
    return ", ".join(f"{count} partitions {why}" for count, why in reasons if count) or "nothing new"


def _folder(table: Table) -> str:
    return table.source.folder if table.source else ""
