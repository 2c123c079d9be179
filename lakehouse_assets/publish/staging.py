"""Staged files: Parquet under a table's root that no reader sees until one commit names them."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lakehouse_assets.errors import StorageError
from lakehouse_assets.publish.curve import CURVE
from lakehouse_assets.publish.verdict import FLAGS, NOWHERE, RAW, REJECTED, SLOT, WHOLE
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData, ParquetFile

    from lakehouse_assets.storage import File, Place

# Longer strings are cut by Parquet writers; a cut maximum would make readers skip rows that match.
LONGEST_BOUND = 32
EXACT_DIGITS = 15  # of a decimal that a JSON number carries without loss
LATEST_BOUND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)  # "for ever" has no millisecond after it to round up to


@dataclass(frozen=True)
class StagedFile:
    """One staged Parquet file, known by its footer alone."""

    path: str  # relative to the table's root
    size_bytes: int
    modified_ms: int
    rows: int
    slot: str  # partition key, or "" in a table without partitions; of rejected rows see `flagged`
    rejected: bool
    stats: str  # Delta statistics, as JSON
    flagged: Mapping[tuple[str, tuple[int, ...]], int]  # rows that broke any rule, by slot and flags


@dataclass(frozen=True)
class Staging:
    """What one run staged for one table."""

    root: str
    folder: str
    files: tuple[StagedFile, ...]

    def discard(self) -> None:
        """Remove the staged files, as far as can be; only for staging that was never committed."""
        discard(self.root, self.folder)


def new_folder(clustered_by: Sequence[str] = ()) -> str:
    """A fresh name for a staging folder. VACUUM never looks into names that start with `_` or `.`.

    It says by which columns its rows lie near each other: files live longer than the log that could tell.
    """
    return f"{_clustered(clustered_by) if clustered_by else 'staged-'}{uuid.uuid4().hex[:16]}"


def is_clustered(path: str, by: Sequence[str]) -> bool:
    """Whether a table's file comes from a folder whose rows lie near each other by exactly these columns."""
    return bool(by) and path.startswith(_clustered(by))


def _clustered(by: Sequence[str]) -> str:
    return f"clustered-{sha256(json.dumps(list(by)).encode()).hexdigest()[:8]}-"


@contextmanager
def staging_folder(root: str) -> Iterator[str]:
    """A fresh folder below `root` to stage into, removed where the block fails, as far as can be."""
    folder = new_folder()
    try:
        yield folder
    except BaseException:
        discard(root, folder)
        raise


def discard(root: str, folder: str) -> None:
    """Remove what was staged and no version names; what cannot be removed is left to VACUUM.

    Staging is given up for a reason that people, and who tries again, must know: not that the engine of a run that
    was interrupted still wrote there.
    """
    with suppress(StorageError):
        place(root).delete(folder)


def read_staging(root: str, folder: str, *, bounds: bool = True) -> Staging:
    """Know everything staged under `<root>/<folder>` by its footers and its flags; other columns stay unread.

    `bounds` collects the minima and maxima by which readers skip files.
    """
    lake = place(root)
    with storage_errors(f"{root}/{folder}"):
        found = [info for info in lake.files(below=folder) if info.path.endswith(".parquet")]
        known = partial(_staged_file, lake, folder, bounds=bounds)
        if lake.is_local:  # threads would only get into each other's way
            files = [known(info) for info in found]
        else:
            with ThreadPoolExecutor(max_workers=8) as pool:
                files = list(pool.map(known, found))
        return Staging(root, folder, tuple(f for f in files if f.rows))


def _staged_file(lake: Place, folder: str, info: File, *, bounds: bool) -> StagedFile:
    import pyarrow.parquet as pq

    path = lake.relative(info.path)
    inner = path.removeprefix(f"{folder}/").split("/")[:-1]
    column, _, value = inner[0].partition("=") if inner else (WHOLE, "", "")
    label = "" if value == NOWHERE else unquote(value)
    slot = "" if column == WHOLE else label
    with lake.system.open_input_file(info.path) as source, pq.ParquetFile(source) as parquet:
        return StagedFile(
            path=path,
            size_bytes=info.size,
            modified_ms=info.mtime_ns // 1_000_000,
            rows=parquet.metadata.num_rows,
            slot=slot,
            rejected=label == REJECTED,
            stats=json.dumps(
                _delta_statistics(parquet.metadata) if bounds else {"numRecords": parquet.metadata.num_rows}
            ),
            flagged=_flagged(parquet, slot, rejected=label == REJECTED),
        )


def read_footer(lake: Place, path: str) -> str:
    """The Delta statistics of a file of a table, as JSON, by its footer alone."""
    import pyarrow.parquet as pq

    with lake.system.open_input_file(f"{lake.path}/{path}") as source, pq.ParquetFile(source) as parquet:
        return json.dumps(_delta_statistics(parquet.metadata))


def _flagged(parquet: ParquetFile, slot: str, *, rejected: bool) -> dict[tuple[str, tuple[int, ...]], int]:
    """Rows by slot and flags; the flags are only read where the footer does not tell all."""
    import pyarrow as pa

    flags = [name for name in parquet.schema_arrow.names if name.startswith(FLAGS)]
    if not rejected:
        if not flags:
            return {}
        told = _told_by_footer(parquet.metadata, flags)
        if told is not None:
            return {(slot, bits): rows for bits, rows in told.items()}
    counted = Counter[tuple[str, tuple[int, ...]]]()
    for batch in parquet.iter_batches(columns=[*flags, SLOT] if rejected else flags):  # they may be all of a large file
        table = pa.table(batch)
        if not rejected:
            table = table.append_column(SLOT, pa.repeat(slot, table.num_rows))
        for row in table.group_by([SLOT, *flags]).aggregate([([], "count_all")]).to_pylist():
            if rejected or any(row[name] for name in flags):
                counted[row[SLOT], tuple(row[name] or 0 for name in flags)] += row["count_all"]
    return dict(counted)


def _told_by_footer(footer: FileMetaData, flags: list[str]) -> dict[tuple[int, ...], int] | None:
    """Rows by flags, if each row group has no flags or the same ones wherever it has any; else None."""
    told: Counter[tuple[int, ...]] = Counter()
    for i in range(footer.num_row_groups):
        group = footer.row_group(i)
        stats = [c.statistics for j in range(group.num_columns) if (c := group.column(j)).path_in_schema in flags]
        if any(s is None for s in stats):
            return None
        rows = [group.num_rows - s.null_count for s in stats]
        if not any(rows):
            continue
        if sum(map(bool, rows)) > 1 or any(
            n and (not s.has_min_max or s.min != s.max) for n, s in zip(rows, stats, strict=True)
        ):
            return None
        told[tuple(s.min if n else 0 for n, s in zip(rows, stats, strict=True))] += sum(rows)
    return dict(told)


def _delta_statistics(footer: FileMetaData) -> dict[str, Any]:
    """Row count, and NULL counts and bounds of the table's plain columns."""
    nulls: dict[str, int] = {}
    bounds: dict[str, list[tuple[Any, ...]]] = {}
    for i in range(footer.num_row_groups):
        group = footer.row_group(i)
        for j in range(group.num_columns):
            chunk = group.column(j)
            name, stats = chunk.path_in_schema, chunk.statistics
            if "." in name or name in (RAW, SLOT, CURVE) or name.startswith(FLAGS):
                continue
            if stats is None:
                bounds.setdefault(name, []).append((None, None))
                continue
            if stats.has_null_count:
                nulls[name] = nulls.get(name, 0) + stats.null_count
            bounds.setdefault(name, []).append(_bounds(stats, group.num_rows))
    known = {
        name: (min(low for low, _ in pairs), max(high for _, high in pairs))
        for name, pairs in ((n, [p for p in ps if p != ()]) for n, ps in bounds.items())
        if pairs and all(low is not None for low, _ in pairs)
    }
    return {
        "numRecords": footer.num_rows,
        "minValues": {name: _json(low) for name, (low, _) in known.items()},
        "maxValues": {name: _json(high, up=True) for name, (_, high) in known.items()},
        "nullCount": nulls,
    }


def _bounds(stats: Any, rows: int) -> tuple[Any, ...]:
    """The bounds of a chunk; () where it holds only NULL, (None, None) where no bound can be trusted."""
    if not stats.has_min_max:
        return () if stats.has_null_count and stats.null_count == rows else (None, None)
    try:
        low, high = stats.min, stats.max
    except OverflowError:  # a date or time that Python does not know
        return (None, None)
    usable = (
        (isinstance(low, str) and len(high) < LONGEST_BOUND and len(low) < LONGEST_BOUND)
        or (isinstance(low, Decimal) and max(len(d.as_tuple().digits) for d in (low, high)) <= EXACT_DIGITS)
        or (isinstance(low, datetime) and high.replace(tzinfo=UTC) <= LATEST_BOUND)
        or (isinstance(low, int | date) and not isinstance(low, bool | datetime))
    )  # Not floats: a footer is silent about NaN, which is greater than the maximum it gives.
    return (low, high) if usable else (None, None)


def _json(value: Any, *, up: bool = False) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):  # Delta keeps milliseconds; an upper bound must not fall below its rows
        cut = value.replace(microsecond=value.microsecond // 1000 * 1000)
        if up and cut != value:
            cut += timedelta(milliseconds=1)
        return cut.replace(tzinfo=None).isoformat(timespec="milliseconds") + ("Z" if value.tzinfo else "")
    return value.isoformat() if isinstance(value, date) else value
