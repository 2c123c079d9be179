"""Holding a load back: files that cannot be read go to the quarantine, the table's rows stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lakehouse_assets.ingest.provenance import bronze_schema
from lakehouse_assets.ingest.rejects import FILE_READABLE, rejected_file
from lakehouse_assets.publish.cleanup import withdraw
from lakehouse_assets.publish.commit import Change, commit
from lakehouse_assets.publish.marks import QUARANTINED, new_publication
from lakehouse_assets.publish.quarantine import append, as_quarantined, current, renumbered
from lakehouse_assets.publish.ranges import Range

if TYPE_CHECKING:
    from lakehouse_assets.ingest.load import Bronze, Loaded
    from lakehouse_assets.publish.snapshot import Snapshot
    from lakehouse_assets.publish.target import Origin


def hold(bronze: Bronze, files: Sequence[Loaded], seen: Snapshot, origin: Origin) -> None:
    """Record files that cannot be read as quarantined, beside what is quarantined of their partitions already.

    The rows and the ledger stay, so the files are tried again by the next run; doing this twice changes nothing.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    target, publication = bronze.target, new_publication()
    slots = tuple(dict.fromkeys(file.delivery.slot for file in files))
    range_ = Range(target.column, slots) if target.column else Range.whole()
    before = current(target.quarantine_url, seen.marks, slots)
    # A file that the table holds as unreadable, because such files were once quarantined, stays so.
    held = seen.marks.files().keys() - {file.delivery.name for file in files}
    told = zip(before["_failed"].to_pylist(), before["_source_file"].to_pylist(), strict=True)
    anew = pa.array([FILE_READABLE.id in (failed or ()) and name not in held for failed, name in told], pa.bool_())
    staying = renumbered(before.filter(pc.invert(anew)), publication)
    rejected = (rejected_file(file.delivery, file.unreadable) for file in files)
    batches = [*staying.to_batches(), *(as_quarantined(b, target, origin, publication) for b in rejected)]
    message = {"run_id": origin.run_id, "range": str(range_), "code_version": origin.code_version, "held_back": True}
    append(target, batches, message, publication)
    change = Change(
        range=range_,
        files=(),
        schema=bronze_schema(target.schema, target.column),
        message={**message, "files_unreadable": [file.delivery.name for file in files][:1000]},
        marks={QUARANTINED + slot: publication for slot in slots},
        keep=None,
        base=seen.version,
        policy=target.policy,
        name=target.id,
        description=target.description,
    )
    commit(target.url, change)
    withdraw(target, range_, publication, seen.marks, len(files))
