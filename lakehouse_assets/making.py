"""Making partitions of a table: load or compute, judge, publish. Knows no orchestrator, so any may call it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.checking import check_delivered, check_rows, check_volume, sums_before, wanted_of
from lakehouse_assets.declare.targets import bronze_of, range_of, target_of
from lakehouse_assets.declare.write import AppendOnce
from lakehouse_assets.errors import DeliveryError
from lakehouse_assets.ingest.hold import hold
from lakehouse_assets.ingest.keep import stored_tallies
from lakehouse_assets.ingest.load import (
    Bronze,
    Stage,
    UnreadableDeliveriesError,
    check_unread,
    load,
    stage_here,
)
from lakehouse_assets.lake import Lake
from lakehouse_assets.publish.claim import require_claim
from lakehouse_assets.publish.effort import Effort, watch_memory
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.judge import Judged, judge
from lakehouse_assets.publish.judgement import Judgement, Tally
from lakehouse_assets.publish.publication import STORED, Publication, check_columns, publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.target import Origin
from lakehouse_assets.reading import bytes_read, cut, load_inputs, pins, within

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


class RefusedLoadError(DeliveryError):
    """Files that cannot be read refused a load; `made` counts the partitions of the range as they stay."""

    def __init__(self, error: UnreadableDeliveriesError, made: Prepared) -> None:
        super().__init__(error.what, where=error.where, remedy=error.remedy)
        self.made = made


@dataclass(frozen=True)
class Prepared:
    """Partitions of a table, ready to be published; `judged` is None where there is nothing new to publish."""

    table: Table
    range: Range
    origin: Origin
    judged: Judged | None
    version: int | None  # of the table, before
    unchanged: Mapping[str, Tally] = field(default_factory=dict)
    quarantined_before: frozenset[str] = frozenset()  # partitions of the range that had rows in quarantine
    gone: tuple[str, ...] = ()  # files whose rows the table held, and that no longer lie in the landing zone
    standing: tuple[Finding, ...] = ()  # about partitions that stay as they are
    effort: Effort = field(default_factory=Effort)  # so far

    @property
    def report(self) -> Judgement:
        """The counts of every partition of the range, those that stay as they are included."""
        made = self.judged.judgement.tallies if self.judged else {}
        nothing = Tally(0, 0, 0, {})
        tallies = {slot: made.get(slot) or self.unchanged.get(slot) or nothing for slot in self.range.slots}
        return Judgement(self.range, self.table.rules, tallies)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed about each partition of the range as a whole, those that stay as they are included."""
        found = self.judged.findings if self.judged else ()
        return (*found, *self.standing, *check_delivered(self.table, self.report))


def make(
    table: Table,
    settings: Settings,
    session: Callable[[], SparkSession],
    keys: Iterable[str] | None = None,
    run_id: str = "by hand",
    *,
    force: bool = False,
    stage: Stage = stage_here,
) -> tuple[Prepared, Publication | None]:
    """Make these partitions of a table, or the whole of an unpartitioned one, and publish them.

    `stage` says who reads deliveries. Without a publication nothing was new. Raises what `prepare` and `publish`
    raise; see there.
    """
    range_ = range_of(table, keys)
    frames = load_inputs(table, table.inputs, range_, settings, session)
    prepared = prepare(table, settings, range_, frames, run_id, force=force, stage=stage)
    return prepared, publish(prepared.judged, prepared.origin) if prepared.judged else None


def prepare(
    table: Table,
    settings: Settings,
    range_: Range,
    frames: Mapping[str, DataFrame],
    run_id: str,
    *,
    force: bool = False,
    stage: Stage = stage_here,
) -> Prepared:
    """Load the deliveries of a bronze table, or compute any other from `frames`; judge, stage and check the rows.

    Only what is new of deliveries is loaded; `force` loads every file that waits. Of a table that is written
    once, partitions that hold rows stay as they are, whatever is asked. Raises OtherEnvironmentError where the
    lake is not this environment's, DeliveryError where nothing was ever delivered for the range, and
    RefusedLoadError where files cannot be read and the table refuses that: such files are in the quarantine
    then, the rows are as they were.
    """
    require_claim(settings, table.layer)
    started = time.perf_counter()
    watch_memory()
    made = _prepare(table, Lake(settings, pins(frames)), range_, frames, run_id, stage, force=force)
    effort = made.judged.effort if made.judged else Effort()
    effort = replace(effort, look=time.perf_counter() - started - effort.seconds)
    if made.judged is None:
        said = "nothing new is published, so the stored columns stay as they are"
        return replace(made, effort=effort, standing=(*made.standing, Finding(STORED, "", True, said, blocks=True)))
    found = (*made.judged.findings, check_columns(made.judged))
    return replace(made, effort=effort, judged=replace(made.judged, effort=effort, findings=found))


def _prepare(
    table: Table,
    lake: Lake,
    range_: Range,
    frames: Mapping[str, DataFrame],
    run_id: str,
    stage: Stage,
    *,
    force: bool,
) -> Prepared:
    lake.seen(table).open_ahead()
    before = frozenset(lake.marks(table).publications(range_.slots))
    if table.source:
        return _prepare_deliveries(table, lake, range_, run_id, before, stage, force=force)
    written = _written(table, lake, range_)
    unwritten = [slot for slot in range_.slots if slot not in written]
    judged = _judge_frames(table, lake, range_of(table, unwritten), frames) if unwritten else None
    origin = _origin(table, lake, range_, run_id)
    unchanged = stored_tallies(target_of(table, lake.settings), lake.seen(table), written)
    return Prepared(table, range_, origin, judged, lake.version(table), unchanged, before)


def _prepare_deliveries(
    table: Table, lake: Lake, range_: Range, run_id: str, before: frozenset[str], stage: Stage, *, force: bool
) -> Prepared:
    lake.deliveries(table, range_.slots)  # listed once: what is loaded is what the ledger tells
    arrivals = lake.arrivals(table, range_.slots, force=force)
    if not arrivals:
        raise DeliveryError(
            f"nothing was delivered for {range_}",
            where=f"{lake.settings.landing}/{table.source.folder if table.source else ''}",
            remedy="wait for the delivery, or run `lakehouse land` to land the demo's",
        )
    origin = Origin(run_id, table.code_version)
    due = [arrival for arrival in arrivals.values() if arrival.changes]
    bronze, seen = bronze_of(table, lake.settings), lake.seen(table)
    unchanged = stored_tallies(bronze.target, seen, [s for s, a in arrivals.items() if not a.changes])
    try:
        loaded = load(bronze, due, seen, run_id, stage) if due else None
    except UnreadableDeliveriesError as error:
        hold(bronze, error.files, seen, origin)
        held = Snapshot.of(bronze.target.url)
        tallies = stored_tallies(bronze.target, held, range_.slots)
        refused = Prepared(table, range_, origin, None, held.version, tallies, before)
        raise RefusedLoadError(error, _checked(refused, bronze, held)) from error
    gone = tuple(sorted(name for arrival in arrivals.values() for name in arrival.gone))
    prepared = Prepared(table, range_, origin, loaded, lake.version(table), unchanged, before, gone)
    return _checked(prepared, bronze, seen)


def _checked(made: Prepared, bronze: Bronze, seen: Snapshot) -> Prepared:
    """With findings about every partition of the range; only those about what was loaded can refuse it."""
    loaded = made.judged.range.slots if made.judged else ()
    stay = [slot for slot in made.range.slots if slot not in set(loaded)]
    volumes = list(check_volume(made.table, made.report, seen.table))
    standing = (*check_unread(bronze, stay, seen), *(f for f in volumes if f.slot not in set(loaded)))
    if made.judged is None:
        return replace(made, standing=standing)
    found = (*made.judged.findings, *(f for f in volumes if f.slot in set(loaded)))
    return replace(made, standing=standing, judged=replace(made.judged, findings=found))


def _written(table: Table, lake: Lake, range_: Range) -> list[str]:
    """The partitions that are never written again."""
    if not isinstance(table.write, AppendOnce):
        return []
    return [slot for slot in range_.slots if lake.mark(table, slot) is not None]


def _judge_frames(table: Table, lake: Lake, range_: Range, frames: Mapping[str, DataFrame]) -> Judged:
    inputs = cut(frames, table, range_)
    frame = table(**{name: inputs[name] for name in table.arguments})
    if isinstance(table.write, AppendOnce) and range_.column:
        frame = within(frame, range_)  # what was read may also be for partitions that are written already
    seen, started = lake.seen(table), time.perf_counter()
    with ThreadPoolExecutor(max_workers=2) as pool:
        scanned = pool.submit(bytes_read, table, lake, range_)
        # What to reconcile with is summed while the frame is computed: one query fills the other's pauses.
        before = pool.submit(sums_before, table, inputs, range_.column)
        judged = judge(frame, target_of(table, lake.settings), range_, inputs, seen, wanted_of(table))
        try:
            found = check_rows(table, judged, before.result(), seen.table)
            effort = Effort(judge=time.perf_counter() - started, bytes_scanned=scanned.result())
        except BaseException:
            judged.staging.discard()
            raise
    return replace(judged, findings=found, effort=effort)


def _origin(table: Table, lake: Lake, range_: Range, run_id: str) -> Origin:
    read = [find_table(name) for name in table.inputs]
    return Origin(
        run_id=run_id,
        code_version=table.code_version,
        inputs={t.id: version for t in read if (version := lake.version(t)) is not None},
        made=lake.expected(table, range_.slots),
    )
