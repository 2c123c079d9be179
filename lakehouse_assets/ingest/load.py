"""Loading deliveries: a bronze partition is a function of the files that belong to it, and of nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from lakehouse_assets.errors import DeliveryError
from lakehouse_assets.ingest.counted import require_all_staged
from lakehouse_assets.ingest.drift import drift, extra_rows
from lakehouse_assets.ingest.held_times import with_held_times
from lakehouse_assets.ingest.keep import keep, part_of
from lakehouse_assets.ingest.ledger import Arrival, Gone, made_from, seen_in
from lakehouse_assets.ingest.provenance import bronze_schema, with_provenance
from lakehouse_assets.ingest.readers import UnreadableFileError, content_fingerprint, read_delivery
from lakehouse_assets.ingest.rejects import rejected_file, rejected_records
from lakehouse_assets.publish.commit import active_files
from lakehouse_assets.publish.effort import Effort
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.judge import Judged, Kept
from lakehouse_assets.publish.judgement import tally
from lakehouse_assets.publish.marks import FILE, GONE, MADE, SEEN
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.staging import Staging, read_staging, staging_folder
from lakehouse_assets.publish.verdict import REJECTED
from lakehouse_assets.publish.writer import SlotWriter, arrow_schema
from lakehouse_assets.storage import place, storage_errors
from lakehouse_assets.wording import some_of

if TYPE_CHECKING:
    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.sources import Source
    from lakehouse_assets.publish.snapshot import Snapshot
    from lakehouse_assets.publish.target import Target

Unreadable = Literal["refused", "quarantined"]


@dataclass(frozen=True)
class Bronze:
    """What loading must know about a bronze table.

    Files that are `gone` from the landing zone are kept or withdrawn; a file that is `unreadable` refuses the
    load, or is quarantined while the rest of its partition loads.
    """

    target: Target
    source: Source
    landing: str
    code_version: str
    gone: Gone = "kept"
    unreadable: Unreadable = "refused"


@dataclass(frozen=True)
class Loaded:
    """One file that was read."""

    delivery: Delivery
    content: int
    rows: int
    malformed: int
    names: tuple[str, ...] = ()
    unreadable: str = ""  # why, where it could not be read


class UnreadableDeliveriesError(DeliveryError):
    """Files that cannot be read at all, where the table's declaration refuses them."""

    def __init__(self, files: Sequence[Loaded], bronze: Bronze) -> None:
        self.files = tuple(files)
        named = some_of((f"{file.delivery.name}: {file.unreadable}" for file in files), between="; ")
        super().__init__(
            f"{len(files)} of its files cannot be read, so nothing was loaded: {named}",
            where=f"{bronze.target.id} from {bronze.landing}/{bronze.source.folder}",
            remedy="ask the sender for these files again, or repair the declaration of the table; to load the "
            'rest without them, declare unreadable="quarantined"',
        )


# Stages each of these deliveries as files of the folder: bronze, deliveries, folder, loaded at, run.
Stage = Callable[[Bronze, "Sequence[Delivery]", str, datetime, str], "list[Loaded]"]


def stage_here(bronze: Bronze, due: Sequence[Delivery], folder: str, loaded_at: datetime, run_id: str) -> list[Loaded]:
    """Stage deliveries in this process, a thread for each core."""
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 2)
    try:
        files = list(pool.map(lambda delivery: stage_file(bronze, delivery, folder, loaded_at, run_id), due))
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()
    return files


def load(bronze: Bronze, arrivals: Sequence[Arrival], seen: Snapshot, run_id: str, stage: Stage = stage_here) -> Judged:
    """Stage every row of the due files, with where it came from, and keep the files that stay as they are.

    Each file becomes a staged file of its own. Memory is bounded by a few batches for each thread, whatever
    the size of a file. `stage` says who reads the files. Raises, with nothing left staged, UnreadableDeliveriesError
    where a file cannot be read and the declaration refuses that, and StagedRowsError where what the readers counted
    is not what lies staged.
    """
    target = bronze.target
    range_ = Range(target.column, tuple(a.slot for a in arrivals)) if target.column else Range.whole()
    loaded_at = datetime.now(UTC)
    due = with_held_times([delivery for arrival in arrivals for delivery in arrival.due], target, seen.table)
    started = time.perf_counter()
    with staging_folder(target.url) as folder:
        files = stage(bronze, due, folder, loaded_at, run_id)
        read = time.perf_counter() - started
        _require_readable(bronze, files)
        schema = bronze_schema(target.schema, target.column)
        kept = keep(bronze.target, arrivals, seen, folder, schema)
        staging = read_staging(target.url, folder)
        require_all_staged(files, staging.files, target.id)
        judgement = tally(staging.files, range_, target.rules).with_rows(kept.tallies)
    return Judged(
        target,
        range_,
        staging,
        judgement,
        schema,
        seen,
        kept=kept.rows,
        marks=_marks(bronze, arrivals, files),
        facts=_facts(arrivals, files),
        findings=_drift(bronze, files, staging, kept.rows, seen, range_),
        effort=Effort(
            read=read,
            judge=time.perf_counter() - started - read,
            bytes_scanned=sum(delivery.size_bytes for delivery in due),
        ),
    )


def stage_file(bronze: Bronze, delivery: Delivery, folder: str, loaded_at: datetime, run_id: str) -> Loaded:
    """Stage one delivery: its rows as a file of its partition, what cannot be read as a file of rejected rows.

    Staged again, it replaces what it staged before. Only the library's own code and Arrow are needed, so that a
    cluster's workers can do it.
    """
    target, zone = bronze.target, place(bronze.landing)
    columns, part = arrow_schema(target.schema), part_of(delivery.name)
    with storage_errors(delivery.path):
        content = content_fingerprint(zone.system, delivery)
    with (
        storage_errors(target.url),
        SlotWriter(target.url, folder, target.column, delivery.slot, part) as rows,
        SlotWriter(target.url, folder, target.column, REJECTED, f"{part}-{delivery.slot or 'all'}") as rejects,
    ):
        count = malformed = 0
        names: tuple[str, ...] = ()
        try:
            for piece in read_delivery(zone.system, delivery, bronze.source, columns):
                if piece.rows.num_rows:
                    rows.write(with_provenance(piece, delivery, content, loaded_at, run_id))
                if piece.malformed:
                    rejects.write(rejected_records(delivery, piece.malformed))
                count, malformed = count + piece.rows.num_rows, malformed + len(piece.malformed)
                names = tuple(dict.fromkeys((*names, *piece.names)))
        except UnreadableFileError as error:
            rows.abandon()
            rejects.abandon()
            rejects.write(rejected_file(delivery, error.reason))
            return Loaded(delivery, content, 0, 0, unreadable=error.reason)
    return Loaded(delivery, content, count, malformed, names)


def _drift(
    bronze: Bronze, files: Sequence[Loaded], staging: Staging, kept: Kept, seen: Snapshot, range_: Range
) -> tuple[Finding, ...]:
    stored = seen.table if kept.files is None or kept.files else None
    active = [f for f in active_files(stored, range_) if kept.files is None or f.path in kept.files] if stored else []
    extra = extra_rows(staging.files, active, stored)
    read = ((file.delivery, file.names) for file in files)
    return drift(read, bronze.target.schema.names, bronze.source, extra, range_.slots)


def check_unread(bronze: Bronze, slots: Sequence[str], seen: Snapshot) -> tuple[Finding, ...]:
    """What is known of the columns of partitions of which no file was read."""
    range_ = Range(bronze.target.column, tuple(slots)) if bronze.target.column and slots else Range.whole()
    active = active_files(seen.table, range_) if seen.table and slots else []
    extra = extra_rows((), active, seen.table if active else None)
    return drift((), bronze.target.schema.names, bronze.source, extra, slots)


def _require_readable(bronze: Bronze, files: Sequence[Loaded]) -> None:
    unreadable = [file for file in files if file.unreadable]
    if unreadable and bronze.unreadable == "refused":
        raise UnreadableDeliveriesError(unreadable, bronze)


def _marks(bronze: Bronze, arrivals: Sequence[Arrival], files: Sequence[Loaded]) -> dict[str, int]:
    """The ledger's part of the commit."""
    content = {file.delivery.name: file.content for file in files}
    marks: dict[str, int] = {}
    for arrival in arrivals:
        read = {delivery.name: content[delivery.name] for delivery in arrival.due}
        marks |= {FILE + name: number for name, number in read.items()}
        if arrival.withdraws:
            marks |= dict.fromkeys((FILE + name for name in arrival.gone), GONE)
        marks[MADE + arrival.slot] = made_from(bronze.code_version, {**arrival.stays, **read})
        marks[SEEN + arrival.slot] = seen_in(arrival.waiting)
    return marks


MOST_FILES = 1_000  # that a commit names one by one


def _facts(arrivals: Sequence[Arrival], files: Sequence[Loaded]) -> dict[str, object]:
    """What the commit's metadata says of the files."""
    gone = sorted(name for arrival in arrivals for name in arrival.gone)
    facts: dict[str, object] = {"files_read": len(files), "files_kept": sum(len(a.stays) for a in arrivals)}
    if len(files) <= MOST_FILES:
        facts["files"] = {
            file.delivery.name: {
                "size_bytes": file.delivery.size_bytes,
                "modified": file.delivery.modified.isoformat(),
                "content": f"{file.content:016x}",
                "rows": file.rows,
                "malformed": file.malformed,
                **({"unreadable": file.unreadable} if file.unreadable else {}),
            }
            for file in files
        }
    return {**facts, **({"files_gone": gone[:MOST_FILES]} if gone else {})}
