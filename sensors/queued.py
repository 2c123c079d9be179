"""A sensor for all bronze tables: runs for what a store's messages name, as soon as they say so."""

# Without postponed annotations: Dagster reads the type of `context`.
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg

from lakehouse_assets.declare.table import Table
from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.settings import Settings
from resources.queues import Message, queue_of
from sensors.arrivals import request_of, said
from sensors.attempts import attempts_of
from sensors.events import Folders, NoEventError, folders_of, objects_of, partitions_of
from sensors.looking import WATCHED, look
from sensors.offers import offers
from sensors.quiet import Quiet

EVERY_SECONDS = 10
AT_MOST = 64 * 1024  # bytes of a cursor
MOST = 1_000  # messages that a look takes
Partition = tuple[str, str]  # of a table, by id


@dataclass
class Told:
    """What messages say: the partitions that each names, and those that were no event, each with why."""

    partitions: dict[Message, set[Partition]] = field(default_factory=dict)
    poisoned: dict[Message, str] = field(default_factory=dict)


def queue_sensor(tables: Iterable[Table]) -> dg.SensorDefinition:
    """Starts the runs that the messages at LAKEHOUSE_QUEUE call for.

    A message says where to look, and nothing else of it is believed: what is due is read off the ledger, so one
    that is lost, doubled, late or wrong does no harm. For each partition it names, a message stays in the queue
    until the table holds what lies there, or that was given up: so whatever dies, the queue says it again. One
    that no store has sent is named and deleted.
    """
    of_id = {table.id: table for table in tables if table.source}
    quiet = {id_: Quiet() for id_ in of_id}
    # One for each: a job's tables must be cut into the same partitions.
    jobs = {id_: dg.define_asset_job(f"load_{table.name}", [_key(table)]) for id_, table in of_id.items()}

    @dg.sensor(
        name="arrivals_by_messages",
        jobs=list(jobs.values()),
        minimum_interval_seconds=EVERY_SECONDS,
        description="Loads what the messages of the landing zone's store name.",
    )
    def arrivals_by_messages(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now, settings = datetime.now(UTC), Settings.from_environment()
        queue = queue_of(settings)
        messages = queue.receive(MOST)
        told = read(messages, settings.landing, folders_of(of_id.values()))
        for message, why in told.poisoned.items():
            context.log.warning(f"message {message.id} is of no store, and was deleted: {why}")
        watched = _read(context.cursor)
        wanted = _by_table({*watched, *(p for named in told.partitions.values() for p in named)})
        requests: list[dg.RunRequest] = []
        unsettled: set[Partition] = set()
        restless: dict[Partition, tuple[str, float]] = {}
        for id_ in sorted(wanted.keys() & of_id.keys()):
            table = of_id[id_]
            cursor = json.dumps({slot: watched[at] for slot in wanted[id_] if (at := (id_, slot)) in watched})
            try:
                seen = look(table, settings, now, cursor, slots=wanted[id_], quiet=quiet[id_])
            except LakehouseError as error:  # of one table; the others go on, and these messages come again
                context.log.error(str(error))  # noqa: TRY400 - complete without a traceback
                unsettled |= {(id_, slot) for slot in wanted[id_]}
                continue
            order = table.calendar.keys() if table.calendar else ("",)
            found = offers(seen.due, order, attempts_of(context.instance, table) if seen.due else [], now)
            for line in said(table, seen, found):
                context.log.warning(line)
            requests += [request_of(table, offer, jobs[id_].name) for offer in found.now]
            offered = {slot for offer in found.now for slot in offer.slots}
            unsettled |= {(id_, slot) for slot in {*offered, *found.waiting, *seen.restless}}
            restless |= {(id_, slot): at for slot, at in seen.restless.items()}
        queue.delete(settled(told, unsettled))
        why = f"{len(messages)} messages, of which {len(told.poisoned)} are of no store" if messages else "no message"
        return dg.SensorResult(run_requests=requests, skip_reason=None if requests else why, cursor=_cursor(restless))

    return arrivals_by_messages


def read(messages: Iterable[Message], landing: str, folders: Folders) -> Told:
    """What messages say of the landing zone."""
    told = Told()
    for message in messages:
        try:
            told.partitions[message] = partitions_of(objects_of(message.text), landing, folders)
        except NoEventError as error:
            told.poisoned[message] = str(error)
    return told


def settled(told: Told, unsettled: Iterable[Partition]) -> list[Message]:
    """The messages that nobody needs any more. Of each partition that is not settled, one that names it stays."""
    left = set(unsettled)
    over = list(told.poisoned)
    for message, named in told.partitions.items():
        if named.isdisjoint(left):
            over.append(message)
        left -= named
    return over


def _key(table: Table) -> str:
    return f"{table.layer}/{table.name}"


def _by_table(partitions: Iterable[Partition]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for id_, slot in partitions:
        found.setdefault(id_, set()).add(slot)
    return found


def _cursor(restless: Mapping[Partition, tuple[str, float]]) -> str:
    """What the next look needs of this one: the uploads that have been restless longest, in 64 KiB at most.

    Names of tables may be long, and then fewer are kept: those left out are seen anew, and wait again.
    """
    kept = sorted(restless.items(), key=lambda item: item[1][1])[:WATCHED]
    while len(text := json.dumps([[*partition, *seen] for partition, seen in kept], separators=(",", ":"))) > AT_MOST:
        kept = kept[: len(kept) // 2]
    return text


def _read(cursor: str | None) -> dict[Partition, tuple[str, float]]:
    """The cursor of an earlier look; one that cannot be read is none."""
    try:
        told: Sequence[tuple[str, str, str, float]] = json.loads(cursor or "[]")
        return {(str(id_), str(slot)): (str(state), float(since)) for id_, slot, state, since in told}
    except (ValueError, TypeError):
        return {}
