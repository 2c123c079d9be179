"""Letting records join a table of `ops`: each once, however often and by how many at the same time it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ConflictError, LakehouseError, StorageError
from lakehouse_assets.ops.tables import LAYER
from lakehouse_assets.publish.claim import require_claim
from lakehouse_assets.publish.commit import Change, commit
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.staging import discard, read_staging, staging_folder
from lakehouse_assets.publish.writer import SlotWriter
from lakehouse_assets.storage import storage_errors

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.ops.tables import OpsTable
    from lakehouse_assets.settings import Settings

CURSOR = "lakehouse/events"  # mark: the number of the last event whose rows the table holds
EVENT = "lakehouse/event"  # mark: what that event is, by which a log that was begun anew is noticed
TRIES = 5
Row = dict[str, Any]


@dataclass(frozen=True)
class Position:
    """How far a log of events was read: the number of the last event, and a fingerprint of it. 0 is before all."""

    number: int = 0
    event: int = 0


@dataclass(frozen=True)
class Records:
    """Rows made of events, and how far these reach. `overlap` says that rows may be among them which are known."""

    rows: Sequence[Row]
    reached: Position
    overlap: bool = False


def bring_up_to_date(table: OpsTable, settings: Settings, read: Callable[[Position], Iterator[Records]]) -> int:
    """Let what was recorded since the last time join the table; returns how many rows.

    `read` gives the records after a position, in order, a part of them at a time. Rows and position change by one
    commit, for exactly the version after the one that was seen: of two who do this at the same time one commits,
    and the other looks again. With nothing new nothing is committed.
    """
    joined = 0
    for attempt in range(TRIES):
        seen = Snapshot.of(table.url(settings))
        marks = seen.marks.numbers
        try:
            for records in read(Position(marks.get(CURSOR, 0), marks.get(EVENT, 0))):
                joined += _append(table, settings, seen, records)
                seen = Snapshot.of(table.url(settings))
        except ConflictError:
            if attempt == TRIES - 1:
                raise
        else:
            return joined
    return joined


def _append(table: OpsTable, settings: Settings, seen: Snapshot, records: Records) -> int:
    url = table.url(settings)
    new = _unknown(table, url, seen, records)
    if not new.num_rows:
        return 0  # and no commit: the same few events are read again the next time
    require_claim(settings, LAYER)
    # Files that stay cannot be given other columns; a table of an older version of this code is written anew.
    grown = seen.table is not None and [f.name for f in seen.table.schema().fields] != table.arrow_schema.names
    with storage_errors(url), staging_folder(url) as folder:
        with SlotWriter(url, folder, None, "") as writer:
            for batch in chain(_stored(table, seen) if grown else (), new.to_batches()):
                writer.write(batch)
        staging = read_staging(url, folder)
    change = Change(
        range=Range.whole(),
        files=staging.files,
        schema=table.schema,
        message={"rows": new.num_rows, "events": records.reached.number},
        marks={CURSOR: records.reached.number, EVENT: records.reached.event},
        keep=frozenset() if grown else None,
        base=seen.version,
        policy="additive",
        name=table.id,
        description=table.description,
    )
    try:
        commit(url, change)
    except LakehouseError as error:
        if not isinstance(error, StorageError):  # of such a failure nobody knows whether the commit was made
            discard(url, folder)
        raise
    return new.num_rows


def _stored(table: OpsTable, seen: Snapshot) -> Iterator[pa.RecordBatch]:
    """The rows that the table holds, in its present columns."""
    import pyarrow as pa

    if seen.table is None:
        return
    for batch in pa.RecordBatchReader.from_stream(seen.table.scan()):
        there, empty = set(batch.schema.names), pa.nulls(batch.num_rows)
        arrays = [(batch.column(f.name) if f.name in there else empty).cast(f.type) for f in table.arrow_schema]
        yield pa.record_batch(arrays, schema=table.arrow_schema)


def _unknown(table: OpsTable, url: str, seen: Snapshot, records: Records) -> pa.Table:
    """The rows that the table does not hold."""
    import pyarrow as pa

    names = set(table.arrow_schema.names)
    rows = [{name: value for name, value in row.items() if name in names} for row in records.rows]
    given = pa.Table.from_pylist(rows, table.arrow_schema)
    if seen.table is None or not given.num_rows or not records.overlap:
        return given
    with storage_errors(url):
        held = pa.RecordBatchReader.from_stream(seen.table.scan(columns=list(table.key))).read_all()
    known = set(zip(*(held[name].to_pylist() for name in table.key), strict=True))
    mine = zip(*(given[name].to_pylist() for name in table.key), strict=True)
    return given.filter(pa.array([key not in known for key in mine], pa.bool_()))
