"""The quarantine: rejected rows, kept with the rules they broke, where they came from and as they came.

Rows join it before the table's commit, under the number of their publication; that commit sets the number
as the partition's mark. So table and quarantine change together, whatever crashes: rows of a publication
that never came about, or was replaced, belong to no partition, and are taken out by a later publication.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ConflictError
from lakehouse_assets.publish.batches import in_groups, rows_within
from lakehouse_assets.publish.commit import Change, commit, open_table
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.rules import RuleSet
from lakehouse_assets.publish.staging import read_staging, staging_folder
from lakehouse_assets.publish.transactions import current_version
from lakehouse_assets.publish.verdict import FLAGS, RAW, REASON, SLOT, broken
from lakehouse_assets.publish.writer import SlotWriter
from lakehouse_assets.quoting import texts
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.judge import Judged
    from lakehouse_assets.publish.target import Origin, Target

PARTITION = "_partition"
PUBLICATION = "_publication"
COUNTED = (PARTITION, "_failed", PUBLICATION)  # what rows are counted by: their text may be gigabytes
MOST_NAMED = 2_000  # partitions in one predicate: tens of thousands overflow an engine's stack
# Bytes that make a row group, and are read at a time: texts may be long. Of those that repeat a footer says too little,
# so that there are never very many rows.
GROUP_BYTES, MOST = 16 << 20, 4_096
READS = 10


def quarantine_schema() -> StructType:
    """The columns of every quarantine table, whatever its table's: they never have to change with a contract."""
    from pyspark.sql import types as T

    def column(name: str, kind: T.DataType, comment: str) -> T.StructField:
        return T.StructField(name, kind, True, {"comment": comment})

    return T.StructType(
        [
            column(PARTITION, T.StringType(), "the partition it would have gone to; empty for an unpartitioned table"),
            column("_failed", T.ArrayType(T.StringType()), "the rules the row broke"),
            column(REASON, T.StringType(), "what could not be read, of a line or file that could not be"),
            column(RAW, T.StringType(), "the row as it came, before any cast: JSON, or the line itself"),
            column("_source_file", T.StringType(), "the file it came from, below the landing zone"),
            column("_source_row", T.LongType(), "its number among the rows of that file, from 1"),
            column("_run_id", T.StringType(), "the run that judged it"),
            column("_rules", T.StringType(), "fingerprint of the rules it was judged by"),
            column("_judged_at", T.TimestampType(), "when it was judged, UTC"),
            column(PUBLICATION, T.LongType(), "the publication it belongs to, as the table's log marks it"),
        ]
    )


def add(judged: Judged, origin: Origin, publication: int) -> int:
    """Let rejected rows, and those that stay from before, join the quarantine; returns how many.

    They belong to no partition until the table's log marks this publication.
    """
    carried = judged.kept.quarantined
    kept = renumbered(carried, publication).to_batches() if carried is not None and carried.num_rows else []
    batches = chain(_rows(judged, origin, publication), kept)
    return append(judged.target, batches, {"run_id": origin.run_id, "range": str(judged.range)}, publication)


def append(target: Target, batches: Iterable[pa.RecordBatch], message: dict[str, Any], publication: int) -> int:
    """Let rows join the quarantine under a publication; returns how many, and writes nothing where none are."""
    url = target.quarantine_url
    with storage_errors(url), staging_folder(url) as folder:
        with SlotWriter(url, folder, None, "") as writer:
            for batch in in_groups(batches, GROUP_BYTES):
                writer.write(batch)
        staging = read_staging(url, folder)
    rows = sum(file.rows for file in staging.files)
    if rows:
        change = Change(
            range=Range.whole(),
            files=staging.files,
            schema=quarantine_schema(),
            message={**message, "quarantined": rows, "publication": publication},
            keep=None,
            name=f"quarantine/{target.id}",
            description=f"Rows of {target.id} that broke its contract.",
        )
        commit(url, change)
    return rows


def quarantined(url: str, quarantine_url: str, slots: Iterable[str] | None = None) -> pa.Table:
    """The quarantined rows of these partitions, or of all, of the table at `url` as it is now, in a stable order.

    They are those of one version of the table: where another writer publishes meanwhile, they are read again.
    Raises ConflictError where that never ends.
    """
    chosen = None if slots is None else tuple(slots)
    for _ in range(READS):
        version = current_version(url)
        rows = current(quarantine_url, Marks.of(url, version if version >= 0 else None), chosen)
        if current_version(url) == version:
            return rows.sort_by([(name, "ascending") for name in (PARTITION, "_source_file", "_source_row", RAW)])
    raise ConflictError("the table changed each time it was read", where=url, remedy="wait until its runs are done")


def current(
    quarantine_url: str,
    marks: Marks,
    slots: Iterable[str] | None = None,
    version: int | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """The quarantined rows that belong to these partitions, or to all, of the table with these marks.

    They are looked for in the quarantine as it is now, or at a version of it. Of `columns` that are named only these
    are read; `COUNTED` are the least.
    """
    import pyarrow as pa

    from lakehouse_assets.publish.writer import arrow_schema

    schema = arrow_schema(quarantine_schema())
    if columns is not None:
        schema = pa.schema([schema.field(name) for name in columns])
    belongs = marks.publications(slots)
    stored = open_table(quarantine_url, version) if belongs else None
    if stored is None:
        return schema.empty_table()
    # Of very many partitions all rows are read: what an engine can bear of a predicate is bounded.
    predicate = belonging(belongs) if len(belongs) <= MOST_NAMED else None
    with storage_errors(quarantine_url):
        rows = pa.RecordBatchReader.from_stream(stored.scan(columns=schema.names, predicate=predicate)).read_all()
    return _exactly(rows.select(schema.names).cast(schema), belongs)


def belonging(belongs: Mapping[str, int]) -> str:
    """A predicate for the rows of these partitions' publications; also for rows that others of them replaced.

    Two lists and no chain of pairs: an engine descends into a chain, and a long one overflows its stack.
    """
    numbers = ", ".join(map(str, sorted(set(belongs.values()))))
    return f"{PUBLICATION} IN ({numbers}) AND {PARTITION} IN ({texts(belongs)})"


def _exactly(rows: pa.Table, belongs: Mapping[str, int]) -> pa.Table:
    """The rows whose publication is their partition's own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    slots = pa.array(list(belongs), pa.string())
    numbers = pa.array(list(belongs.values()), pa.int64())
    own = numbers.take(pc.index_in(rows[PARTITION].combine_chunks(), value_set=slots))
    return rows.filter(pc.equal(own, rows[PUBLICATION].combine_chunks()))


def renumbered(rows: pa.Table, publication: int) -> pa.Table:
    """Rows of the quarantine as they are, under another publication."""
    import pyarrow as pa

    numbers = pa.repeat(pa.scalar(publication, pa.int64()), rows.num_rows)
    return rows.set_column(rows.schema.get_field_index(PUBLICATION), PUBLICATION, numbers)


def _rows(judged: Judged, origin: Origin, publication: int) -> Iterator[pa.RecordBatch]:
    """The rejected rows of a staging as rows of the quarantine, batch by batch."""
    import pyarrow.parquet as pq

    lake = place(judged.target.url)
    for file in judged.staging.files:
        if file.rejected:
            # What is read ahead would stay in memory until the file is closed.
            with (
                lake.system.open_input_file(f"{lake.path}/{file.path}") as source,
                pq.ParquetFile(source, pre_buffer=False) as parquet,
            ):
                told = (SLOT, REASON, RAW, "_source_file", "_source_row")
                names = [n for n in parquet.schema_arrow.names if n in told or n.startswith(FLAGS)]
                rows = rows_within(GROUP_BYTES, parquet.metadata, MOST)
                for batch in parquet.iter_batches(batch_size=rows, columns=names):
                    yield as_quarantined(batch, judged.target, origin, publication)


def as_quarantined(batch: pa.RecordBatch, target: Target, origin: Origin, publication: int) -> pa.RecordBatch:
    """Staged rejected rows, by their flags, as rows of the quarantine."""
    import pyarrow as pa

    from lakehouse_assets.publish.writer import arrow_schema

    schema, rows = arrow_schema(quarantine_schema()), batch.num_rows
    flags = sorted((n for n in batch.schema.names if n.startswith(FLAGS)), key=lambda n: int(n.removeprefix(FLAGS)))
    constant = {
        "_run_id": origin.run_id,
        "_rules": target.rules.fingerprint,
        "_judged_at": datetime.now(UTC),
        PUBLICATION: publication,
    }
    columns = {
        **{name: batch.column(name) for name in batch.schema.names},
        PARTITION: batch.column(SLOT) if target.column else pa.repeat("", rows),
        "_failed": _rule_names([batch.column(n).to_pylist() for n in flags], target.rules),
        **{name: pa.repeat(pa.scalar(value), rows) for name, value in constant.items()},
    }
    empty = pa.nulls(rows)
    return pa.record_batch([columns.get(f.name, empty).cast(f.type) for f in schema], schema=schema)


def _rule_names(flags: list[list[int | None]], rules: RuleSet) -> pa.Array:
    import pyarrow as pa

    errors = {rule.id for rule in rules.errors}
    named: dict[tuple[int, ...], list[str]] = {}
    rows = [tuple(bits or 0 for bits in row) for row in zip(*flags, strict=True)]
    for bits in set(rows):
        named[bits] = [rule.id for rule in broken(rules, bits) if rule.id in errors]
    return pa.array([named[bits] for bits in rows], pa.list_(pa.string()))
