"""What stays of a bronze partition when some of its files are loaded anew: the rows of all the others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.publish.commit import ActiveFile, active_files
from lakehouse_assets.publish.judge import Kept
from lakehouse_assets.publish.judgement import Tally, tallies_of
from lakehouse_assets.publish.marks import number_of
from lakehouse_assets.publish.quarantine import COUNTED, current
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.writer import SlotWriter, arrow_schema
from lakehouse_assets.quoting import texts
from lakehouse_assets.storage import storage_errors

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable
    from pyspark.sql.types import StructType

    from lakehouse_assets.ingest.ledger import Arrival
    from lakehouse_assets.publish.marks import Marks
    from lakehouse_assets.publish.snapshot import Snapshot
    from lakehouse_assets.publish.target import Target


COPY = "kept-"  # how files of rows are called that are copied from the table


@dataclass(frozen=True)
class KeptRows:
    """What is kept, and its counts by partition."""

    rows: Kept
    tallies: Mapping[str, Tally]


def part_of(name: str) -> str:
    """What the staged file of a delivered file is called, so that its rows can be found again as a whole."""
    return f"delivery-{number_of(name):016x}"


def keep(target: Target, arrivals: Sequence[Arrival], seen: Snapshot, folder: str, schema: StructType) -> KeptRows:
    """Keep the rows, accepted and quarantined, of files that are neither due nor withdrawn.

    Their files in the table stay untouched. Where compaction has joined them with others, or the table gets
    other columns, their rows are copied into `folder`.
    """
    partial = [arrival for arrival in arrivals if arrival.stays]
    if not partial or seen.table is None:
        return KeptRows(Kept(), {})
    same_columns = _types(seen.table.schema().to_json()).items() >= _types(schema.json()).items()
    range_ = Range(target.column, tuple(a.slot for a in partial)) if target.column else Range.whole()
    by_slot: dict[str, list[ActiveFile]] = {arrival.slot: [] for arrival in partial}
    for file in active_files(seen.table, range_):
        by_slot[file.slot].append(file)
    kept: list[ActiveFile] = []
    for arrival in partial:
        known = {part_of(name) for name in (*arrival.stays, *arrival.gone, *(d.name for d in arrival.due))}
        staying = {part_of(name) for name in arrival.stays}
        files = {file: file.path.rsplit("/", 1)[-1].split(".")[0] for file in by_slot[arrival.slot]}
        if same_columns and set(files.values()) <= known:
            kept += [file for file, part in files.items() if part in staying]
        else:
            _copy(target, arrival, seen.table, folder, schema)
    quarantined = _quarantined(target, partial, seen.marks)
    rows = Kept(frozenset(file.path for file in kept), sum(file.rows for file in kept), quarantined)
    return KeptRows(rows, _tallies(kept, quarantined))


def _types(schema: str) -> dict[str, str]:
    return {field["name"]: json.dumps(field["type"], sort_keys=True) for field in json.loads(schema)["fields"]}


def stored_tallies(target: Target, seen: Snapshot, slots: Sequence[str]) -> dict[str, Tally]:
    """The counts of partitions as they are stored."""
    if not slots or seen.table is None:
        return {}
    range_ = Range(target.column, tuple(slots)) if target.column else Range.whole()
    quarantined = current(target.quarantine_url, seen.marks, slots, columns=COUNTED)
    counted = _tallies(active_files(seen.table, range_), quarantined)
    return {slot: counted.get(slot, Tally(0, 0, 0, {})) for slot in slots}


def _copy(target: Target, arrival: Arrival, table: DeltaTable, folder: str, schema: StructType) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = arrow_schema(schema)
    columns = pa.schema([f for f in wanted if f.name != target.column])
    stored = {field.name for field in table.schema().fields}
    names = [name for name in columns.names if name in stored]
    predicate = f"{target.column} = {texts([arrival.slot])}" if target.column else None
    stays = pa.array(list(arrival.stays), pa.string())  # no predicate: tens of thousands overflow an engine's stack
    part = f"{COPY}{arrival.slot or 'all'}"
    with storage_errors(target.url), SlotWriter(target.url, folder, target.column, arrival.slot, part) as writer:
        for batch in pa.RecordBatchReader.from_stream(table.scan(columns=names, predicate=predicate)):
            empty = pa.nulls(batch.num_rows)
            arrays = [(batch.column(f.name) if f.name in stored else empty).cast(f.type) for f in columns]
            rows = pa.record_batch(arrays, schema=columns)
            rows = rows.filter(pc.is_in(rows["_source_file"], value_set=stays))
            if rows.num_rows:
                writer.write(rows)


def _quarantined(target: Target, partial: Sequence[Arrival], marks: Marks) -> pa.Table:
    import pyarrow as pa

    stays = {(arrival.slot, name) for arrival in partial for name in arrival.stays}
    rows = current(target.quarantine_url, marks, [arrival.slot for arrival in partial])
    pairs = zip(rows["_partition"].to_pylist(), rows["_source_file"].to_pylist(), strict=True)
    return rows.filter(pa.array([pair in stays for pair in pairs], pa.bool_()))


def _tallies(kept: Sequence[ActiveFile], quarantined: pa.Table) -> dict[str, Tally]:
    accepted = Counter[str]()
    for file in kept:
        accepted[file.slot] += file.rows
    return tallies_of(accepted, quarantined)
