"""Writing the rows of one partition into other files: fewer, or sorted along a curve. No row changes.

delta-rs has such operations, but lets two of them that meet both succeed, and then every row is there twice. A
cluster's OPTIMIZE writes its commit over one that another process made meanwhile, in S3 always, on a disk now and then.
So both only make files, under the table's root as a run's are, and the commit is ours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lakehouse_assets.errors import ConflictError, ContractError, EngineError
from lakehouse_assets.publish.commit import ActiveFile, all_files
from lakehouse_assets.publish.curve import CURVE, boundaries, with_curve
from lakehouse_assets.publish.note import add_version
from lakehouse_assets.publish.staging import discard, new_folder, read_staging
from lakehouse_assets.publish.transactions import LOG
from lakehouse_assets.storage import connection_options, place, storage_errors

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

    from lakehouse_assets.publish.staging import StagedFile, Staging

SPILL = 512 * 1024 * 1024  # bytes of rows that are sorted in memory; more are on disk meanwhile
LATER = "run the maintenance again later: nothing was changed, and what the other writer published is kept"


@dataclass(frozen=True)
class Rewritten:
    """How many files of a partition became how many, and in which version; without a version nothing was done."""

    files_removed: int = 0
    files_added: int = 0
    bytes_removed: int = 0
    bytes_added: int = 0
    version: int | None = None


@dataclass(frozen=True)
class Job:
    """What has to be written anew, where to, and how. `into` and `paths` are named from the table's root."""

    table: DeltaTable
    column: str | None  # the table's partition column
    schema: pa.Schema  # the table's
    paths: Sequence[str]  # of the files
    fragments: Sequence[Any]  # the same, as Arrow reads them
    size_bytes: int  # of these files
    into: str  # a folder, for Parquet files without the partition's column
    file_bytes: int
    cluster_by: Sequence[str]

    @property
    def rows(self) -> int:
        """How many rows the files hold."""
        return sum(fragment.metadata.num_rows for fragment in self.fragments)


def rewrite_slot(
    table: DeltaTable,
    slot: str,
    *,
    file_bytes: int,
    cluster_by: Sequence[str] = (),
    told: Mapping[str, Any] | None = None,
    write: Callable[[Job], None] | None = None,
) -> Rewritten:
    """Write a partition's rows into files of about `file_bytes`, near each other by the values of `cluster_by`.

    Memory is bounded, whatever the partition. Without `cluster_by` only files that are not large already are joined.
    `told` goes into the commit's information. `write` does the writing, this process without. Raises ConflictError
    where another writer changed the files meanwhile: it wins, and the partition stays as it left it. Raises EngineError
    where the table has what only another tool can rewrite, such as deletion vectors, or a sort finds too little memory.
    """
    column = next(iter(table.metadata().partition_columns), None)
    files = [file for file in all_files(table, column) if file.slot == slot]
    chosen = files if cluster_by else [file for file in files if file.size_bytes < file_bytes * 3 // 4]
    if not chosen or (len(chosen) < 2 and not cluster_by):
        return Rewritten()
    schema, fragments = _opened(table, chosen)
    root, folder = table.table_uri.rstrip("/"), new_folder(cluster_by)
    inner = f"{folder}/{column}={quote(slot, safe='')}" if column else folder
    paths = [file.path for file in chosen]
    job = Job(table, column, schema, paths, fragments, _bytes(chosen), inner, file_bytes, cluster_by)
    with storage_errors(root):
        try:
            (write or write_here)(job)
            staging = read_staging(root, folder)
            _require_same_rows(job, staging)
        except BaseException:
            discard(root, folder)
            raise
        try:
            version = _commit(table, column, chosen, staging.files, told or {})
        except (ConflictError, ContractError):  # of any other failure it is not known whether the commit was made
            discard(root, folder)
            raise
    return Rewritten(len(chosen), len(staging.files), _bytes(chosen), sum(f.size_bytes for f in staging.files), version)


def write_here(job: Job) -> None:
    """Write the rows as a table of their own below the root, sort that along the curve, and keep its files."""
    from deltalake import DeltaTable, WriterProperties, write_deltalake
    from deltalake.exceptions import DeltaError

    root = job.table.table_uri.rstrip("/")
    own, options = f"{root}/{job.into}", connection_options(root)
    written = WriterProperties(compression="ZSTD", compression_level=1)
    write_deltalake(
        own, stored_rows(job), target_file_size=job.file_bytes, writer_properties=written, storage_options=options
    )
    lake = place(root)
    if job.cluster_by:
        scratch = DeltaTable(own, storage_options=options)
        try:
            scratch.optimize.z_order(
                [CURVE],
                target_size=job.file_bytes,
                max_concurrent_tasks=1,
                max_spill_size=SPILL,
                writer_properties=written,
            )
        except DeltaError as error:
            if "Resources exhausted" not in str(error):
                raise
            raise EngineError(
                f"a partition cannot be sorted in the memory that a sort has ({SPILL >> 20:,} MB)",
                where=f"{root}/{job.into}",
                remedy="maintain it by a Spark cluster, or take `cluster_by` off the table: files are then only joined",
            ) from error
        named = set(DeltaTable(own, storage_options=options).file_uris())
        for file in lake.files(below=job.into, recursive=False):
            if not any(uri.endswith(file.path.rsplit("/", 1)[-1]) for uri in named):
                lake.system.delete_file(file.path)
    lake.delete(f"{job.into}/{LOG}")


def _opened(table: DeltaTable, chosen: Sequence[ActiveFile]) -> tuple[pa.Schema, list[Any]]:
    """The table's schema, and the files as Arrow reads them.

    They are opened by our own file system: delta-rs's does not work within its writer, which asks for their rows.
    """
    from deltalake.exceptions import DeltaError, DeltaProtocolError

    paths, lake = {file.path for file in chosen}, place(table.table_uri)
    try:
        dataset = table.to_pyarrow_dataset()
        found = [fragment.path for fragment in dataset.get_fragments() if fragment.path in paths]
    except (DeltaProtocolError, DeltaError) as error:
        raise EngineError(
            f"the table has features that only the tool which gave them can rewrite ({error})",
            where=table.table_uri,
            remedy="take them off by that tool while no run writes; deletion vectors by REORG TABLE ... APPLY (PURGE)",
        ) from error
    if len(found) != len(paths):
        raise ContractError(
            f"of {len(paths)} files only {len(found)} can be read",
            where=table.table_uri,
            remedy="this is a fault of the platform: nothing was changed, please report it",
        )
    return dataset.schema, [dataset.format.make_fragment(f"{lake.path}/{path}", lake.system) for path in found]


def stored_rows(job: Job) -> pa.RecordBatchReader:
    """The rows of these files as the table has them now, without the partition's column, a batch at a time."""
    import pyarrow as pa

    def batches(names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        # Never a scan of them all: where the writer is slower it runs ahead, until every row is in memory.
        for fragment in job.fragments:
            for group in fragment.split_by_row_group():
                yield from group.to_batches(schema=job.schema, columns=list(names))

    schema = pa.schema([field for field in job.schema if field.name != job.column])
    if not job.cluster_by:
        return pa.RecordBatchReader.from_batches(schema, batches(schema.names))
    bounds = boundaries(batches(job.cluster_by), job.rows, job.cluster_by)
    curved = schema.append(pa.field(CURVE, pa.int64()))
    return pa.RecordBatchReader.from_batches(curved, with_curve(batches(schema.names), job.cluster_by, bounds))


def _require_same_rows(job: Job, staging: Staging) -> None:
    before, after = job.rows, sum(f.rows for f in staging.files)
    if before != after:
        raise ContractError(
            f"{before:,} rows would become {after:,}",
            where=job.table.table_uri,
            remedy="this is a fault of the platform: nothing was changed, please report it",
        )


def _commit(
    table: DeltaTable,
    column: str | None,
    chosen: Sequence[ActiveFile],
    staged: Sequence[StagedFile],
    told: Mapping[str, Any],
) -> int:
    """Exchange the files, in a commit for exactly the version after the one that still names them all."""
    from deltalake.transaction import AddAction, RemoveAction

    schema, now = table.schema().to_json(), int(time.time() * 1000)
    slot: dict[str, str | None] = {column: chosen[0].slot} if column else {}
    exchanged: list[Any] = [
        *(RemoveAction(file.path, False, now, file.size_bytes, slot) for file in chosen),
        *(AddAction(file.path, file.size_bytes, slot, file.modified_ms, False, file.stats) for file in staged),
    ]

    def exchange(seen: DeltaTable) -> list[Any]:
        active = {file.path for file in all_files(seen, column)}
        if seen.schema().to_json() != schema or not {file.path for file in chosen} <= active:
            raise _yields(seen.table_uri)
        return exchanged

    return add_version(table, lambda _: told, exchange)


def _bytes(files: Sequence[ActiveFile]) -> int:
    return sum(file.size_bytes for file in files)


def _yields(url: str) -> ConflictError:
    return ConflictError("another writer changed the files that were being rewritten", where=url, remedy=LATER)
