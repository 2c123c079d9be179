"""The quarantine: rejected rows, kept with the rules they broke, where they came from and as they came.

Rows join it before the table's commit, under the number of their publication; that commit sets the number
as the partition's mark. So table and quarantine change together, whatever crashes: rows of a publication
that never came about, or was replaced, belong to no partition, and are taken out by a later publication.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ConflictError, StorageError
from lakehouse_assets.publish.commit import COMMIT_KEY, Change, commit, open_table
from lakehouse_assets.publish.marks import publications_before
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.rules import RuleSet
from lakehouse_assets.publish.staging import new_folder, read_staging
from lakehouse_assets.publish.verdict import FLAGS, RAW, REASON, SLOT, broken
from lakehouse_assets.publish.writer import SlotWriter
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.judge import Judged
    from lakehouse_assets.publish.marks import Marks
    from lakehouse_assets.publish.target import Origin, Target

PARTITION = "_partition"
PUBLICATION = "_publication"
ABANDONED = timedelta(days=1)  # after which rows of a publication that never came about are taken out
ROWS = 65_536
AGAIN = "run it again: nothing was given up"


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
    url, folder = target.quarantine_url, new_folder()
    with storage_errors(url), SlotWriter(url, folder, None, "") as writer:
        for batch in batches:
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


def current(quarantine_url: str, marks: Marks, slots: Iterable[str] | None = None) -> pa.Table:
    """The quarantined rows that belong to these partitions, or to all, of the table with these marks."""
    import pyarrow as pa

    from lakehouse_assets.publish.writer import arrow_schema

    schema = arrow_schema(quarantine_schema())
    belongs = marks.publications(slots)
    stored = open_table(quarantine_url) if belongs else None
    if stored is None:
        return schema.empty_table()
    with storage_errors(quarantine_url):
        rows = pa.RecordBatchReader.from_stream(stored.scan(predicate=_belonging(belongs))).read_all()
    plain = rows.select(schema.names).cast(schema)
    pairs = zip(plain[PARTITION].to_pylist(), plain[PUBLICATION].to_pylist(), strict=True)
    return plain.filter(pa.array([belongs.get(slot) == number for slot, number in pairs], pa.bool_()))


def withdraw(target: Target, range_: Range, publication: int, before: Marks) -> None:
    """Take out what the publication just committed has replaced, and what one that died left long ago.

    Nobody misses these rows: they belong to no partition. A run killed before this leaves them to the next.
    """
    replaced = set(before.publications(range_.slots).values())
    # By its number, not by when its rows were judged: rows that a run in progress carries on may be old.
    gone = f"{PUBLICATION} < {publications_before(datetime.now(UTC) - ABANDONED)}"
    if replaced:
        gone = f"({PUBLICATION} IN ({', '.join(map(str, replaced))}) OR {gone})"
    predicate = f"{PARTITION} IN ({_texts(range_.slots)}) AND {PUBLICATION} <> {publication} AND {gone}"
    with _at_leisure(target.quarantine_url):
        stored = open_table(target.quarantine_url)
        if stored is not None and _has_others(stored, publication):
            stored.delete(predicate)


def drop(quarantine_url: str, belongs: Mapping[str, int], rule: str | None, facts: Mapping[str, str]) -> int:
    """Give up rows of these partitions' publications, those that broke `rule` or all; returns how many.

    Raises ConflictError, with nothing given up, where another writer changed the quarantine meanwhile.
    """
    from deltalake import CommitProperties
    from deltalake.exceptions import CommitFailedError

    stored = open_table(quarantine_url)
    if stored is None or not belongs:
        return 0
    predicate = f"{_belonging(belongs)} AND {PARTITION} IN ({_texts(belongs)})"
    if rule is not None:
        predicate += f" AND array_has(_failed, {_texts([rule])})"
    message = json.dumps({**facts, "dropped": {"partitions": sorted(belongs), "rule": rule}}, sort_keys=True)
    try:
        with storage_errors(quarantine_url):
            done = stored.delete(predicate, commit_properties=CommitProperties(custom_metadata={COMMIT_KEY: message}))
    except CommitFailedError as error:
        raise ConflictError(f"another writer was faster ({error})", where=quarantine_url, remedy=AGAIN) from error
    return int(done["num_deleted_rows"])


def discard(target: Target, publication: int) -> None:
    """Take out the rows of a publication that was given up."""
    with _at_leisure(target.quarantine_url):
        stored = open_table(target.quarantine_url)
        if stored is not None:
            stored.delete(f"{PUBLICATION} = {publication}")


@contextmanager
def _at_leisure(url: str) -> Iterator[None]:
    """Where another writer is at it, or storage fails: rows that belong to no partition can wait."""
    from deltalake.exceptions import CommitFailedError

    with suppress(CommitFailedError, StorageError), storage_errors(url):
        yield


def _has_others(stored: DeltaTable, publication: int) -> bool:
    import pyarrow as pa

    files = pa.table(stored.get_add_actions(flatten=True)).to_pylist()
    return any(file.get(f"min.{PUBLICATION}") != publication for file in files)


def _belonging(belongs: Mapping[str, int]) -> str:
    return f"{PUBLICATION} IN ({', '.join(map(str, sorted(set(belongs.values()))))})"


def _texts(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


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
            with lake.system.open_input_file(f"{lake.path}/{file.path}") as source, pq.ParquetFile(source) as parquet:
                told = (SLOT, REASON, RAW, "_source_file", "_source_row")
                names = [n for n in parquet.schema_arrow.names if n in told or n.startswith(FLAGS)]
                for batch in parquet.iter_batches(batch_size=ROWS, columns=names):
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
