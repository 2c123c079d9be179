"""Loading deliveries: a bronze partition is a function of the files that belong to it, and of nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from lakehouse_assets.errors import DeliveryError
from lakehouse_assets.ingest.deliveries import Delivery
from lakehouse_assets.ingest.provenance import bronze_schema, with_provenance
from lakehouse_assets.ingest.readers import Piece, read_delivery
from lakehouse_assets.publish.judge import Judged
from lakehouse_assets.publish.judgement import tally
from lakehouse_assets.publish.staging import new_folder, read_staging
from lakehouse_assets.publish.writer import SlotWriter, arrow_schema
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from lakehouse_assets.ingest.sources import Source
    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.target import Target


def load(
    deliveries: Sequence[Delivery], source: Source, landing: str, target: Target, range_: Range, run_id: str
) -> Judged:
    """Stage every row of `deliveries`, with where it came from, for the partitions of `range_`.

    Memory is bounded by a few batches for each thread, whatever the size of a file. Raises DeliveryError,
    with nothing left staged, where a file cannot be read or nothing at all was delivered.
    """
    if not deliveries:
        raise DeliveryError(
            f"nothing was delivered for {range_}",
            where=f"{landing}/{source.folder}",
            remedy="wait for the delivery, or run `lakehouse land` to land the demo's",
        )
    folder = new_folder()
    loaded_at = datetime.now(UTC)

    def stage(slot: str, files: Iterable[Delivery]) -> None:
        zone, columns = place(landing), arrow_schema(target.schema)
        with storage_errors(target.url), SlotWriter(target.url, folder, target.column, slot) as writer:
            for delivery in files:
                for piece in read_delivery(zone.system, delivery, source, columns):
                    _refuse_malformed(piece, delivery)
                    writer.write(with_provenance(piece, delivery, loaded_at, run_id))

    by_slot = [(slot, list(files)) for slot, files in groupby(deliveries, key=lambda d: d.slot)]
    lake = place(target.url)
    try:
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
            for future in [pool.submit(stage, slot, files) for slot, files in by_slot]:
                future.result()
        staging = read_staging(target.url, folder)
        judgement = tally(staging.files, range_, target.rules)
    except BaseException:
        lake.delete(folder)
        raise
    return Judged(target, range_, staging, judgement, bronze_schema(target.schema, target.column))


def _refuse_malformed(piece: Piece, delivery: Delivery) -> None:
    if piece.malformed:
        bad = piece.malformed[0]
        raise DeliveryError(
            f"record {bad.row} is malformed, {bad.reason}: {bad.text[:200]}",
            where=f"{delivery.path}:{bad.line}" if bad.line else delivery.path,
            remedy="ask the sender for the file again, or move it out of the landing zone, and repeat the run",
        )
