"""Replaying a table's quarantine, and dropping rows from it. Knows no orchestrator, so any may call it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.declare.targets import range_of, target_of
from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.ingest.keep import stored_tallies
from lakehouse_assets.ingest.load import Stage, stage_here
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import prepare
from lakehouse_assets.publish.claim import require_claim
from lakehouse_assets.publish.cleanup import drop
from lakehouse_assets.publish.frames import load_frame
from lakehouse_assets.publish.marks import FILE
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.replay import Replay, Replayed, replay
from lakehouse_assets.publish.target import Origin
from lakehouse_assets.reading import load_inputs

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


@dataclass(frozen=True)
class Reason:
    """Who does something by hand, and why; it is kept in the commit."""

    who: str
    why: str


class ReasonError(LakehouseError):
    """Something that is kept for auditors was asked for without saying why."""


def replay_table(
    table: Table,
    settings: Settings,
    session: Callable[[], SparkSession],
    keys: Iterable[str] | None,
    reason: Reason,
    run_id: str = "by hand",
    stage: Stage = stage_here,
) -> Replayed:
    """Judge a table's quarantined rows again and publish those that pass; of all partitions for no keys.

    Of a bronze table, the files of partitions from which rows are quarantined are read again, as they lie in the
    landing zone and as the table is declared now. Where nothing passes and no file is news, nothing is published.
    """
    require_reason(reason)
    require_claim(settings, table.layer)
    lake, target = Lake(settings), target_of(table, settings)
    belongs = lake.marks(table).publications()
    asked = [slot for slot in (range_of(table, keys).slots if keys else belongs) if slot in belongs]
    held = current(target.quarantine_url, lake.marks(table), asked)
    with_rows = set(held["_partition"].to_pylist())  # not one whose rows were all dropped: they would come back
    slots = tuple(slot for slot in asked if slot in with_rows)
    if not slots:
        return Replayed(0, 0)
    facts = {"who": reason.who, "why": reason.why}
    if table.source:
        return _reload(table, settings, held["_partition"].to_pylist(), facts, run_id, stage)
    range_ = range_of(table, slots if table.calendar else None)
    references = {r.reference.table for r in table.rules.of_kind("reference") if r.reference}
    frames = load_inputs(table, references, range_, settings, session)
    stored = load_frame(target.url, "spark", target.column, slots if target.column else None, session)
    origin = Origin(
        run_id, table.code_version, {find_table(n).id: Lake(settings).version(find_table(n)) or 0 for n in frames}
    )
    task = Replay(target, held, lake.seen(table), stored, frames)
    return replay(task, origin, facts)


def drop_rows(table: Table, settings: Settings, keys: Iterable[str] | None, rule: str | None, reason: Reason) -> int:
    """Give up quarantined rows of these partitions, or of all, that broke `rule`, or any; returns how many.

    Who and why are kept in the quarantine's history. A partition that is made again judges its rows again.
    """
    require_reason(reason)
    require_claim(settings, table.layer)
    marks = Lake(settings).marks(table)
    chosen = range_of(table, keys).slots if keys else None
    facts = {"who": reason.who, "why": reason.why}
    return drop(target_of(table, settings).quarantine_url, marks.publications(chosen), rule, facts)


def require_reason(reason: Reason) -> None:
    """Raise ReasonError where it is not said why."""
    if not reason.why.strip():
        raise ReasonError("no reason was given", remedy='say why, for example --why "product master completed"')


def _reload(
    table: Table, settings: Settings, held: Sequence[str], facts: Mapping[str, str], run_id: str, stage: Stage
) -> Replayed:
    """Read the files again of the partitions that quarantined rows are `held` of, one for each row.

    Where no file is news and counts are as they were, nothing is published; rows of partitions without a file stay.
    """
    lake, target, before = Lake(settings), target_of(table, settings), len(held)
    waiting = lake.deliveries(table)
    there = tuple(slot for slot in dict.fromkeys(held) if slot in waiting)
    if not there:
        return Replayed(0, before)
    prepared = prepare(table, settings, range_of(table, there), {}, run_id, force=True, stage=stage)
    if prepared.judged is None:
        return Replayed(0, before)
    judged, seen = prepared.judged, lake.seen(table)
    news = any(
        seen.marks.numbers.get(mark) != content for mark, content in judged.marks.items() if mark.startswith(FILE)
    )
    if not news and judged.judgement.tallies == stored_tallies(target, seen, judged.range.slots):
        judged.staging.discard()
        return Replayed(0, before)
    staying = judged.judgement.total.quarantined
    tried = sum(slot in waiting for slot in held)
    passed = max(0, tried - staying)
    told = {**judged.facts, **facts, "replayed": passed, "stayed": staying}
    publication = publish(replace(judged, facts=told), prepared.origin)
    return Replayed(passed, before - tried + staying, publication)
