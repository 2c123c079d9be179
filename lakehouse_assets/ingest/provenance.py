"""Provenance: the columns that say where a bronze row came from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.readers import Piece

EXTRA = "_source_extra"  # holds what was delivered beyond the contract; NULL where nothing was


def bronze_schema(contract: StructType, partition_column: str | None) -> StructType:
    """The columns of a bronze table: its partition, what was delivered, and where it came from."""
    from pyspark.sql import types as T

    def column(name: str, kind: T.DataType, comment: str) -> T.StructField:
        return T.StructField(name, kind, True, {"comment": comment})

    partition = (
        [column(partition_column, T.DateType(), "the partition it was delivered for")] if partition_column else []
    )
    return T.StructType(
        [
            *partition,
            *contract.fields,
            column(EXTRA, T.StringType(), "delivered columns that the contract does not name, as JSON"),
            column("_source_file", T.StringType(), "the file the row came from, below the landing zone"),
            column("_source_row", T.LongType(), "its number among the rows of that file, from 1"),
            column("_source_size", T.LongType(), "size of that file in bytes"),
            column("_source_modified", T.TimestampType(), "when that file was last modified, UTC"),
            column("_loaded_at", T.TimestampType(), "when the row was loaded, UTC"),
            column("_run_id", T.StringType(), "the run that loaded it"),
        ]
    )


def with_provenance(piece: Piece, delivery: Delivery, content: int, loaded_at: datetime, run_id: str) -> pa.RecordBatch:
    """Rows of a file with this content as bronze rows: what was delivered, then where it came from."""
    import pyarrow as pa

    rows, stamp = piece.rows.num_rows, pa.timestamp("us", "UTC")
    came_from = {
        "_source_file": _constant(delivery.name, pa.string(), rows),
        "_source_row": piece.numbers,
        "_source_size": _constant(delivery.size_bytes, pa.int64(), rows),
        "_source_modified": _constant(delivery.first_modified(content), stamp, rows),
        "_loaded_at": _constant(loaded_at, stamp, rows),
        "_run_id": _constant(run_id, pa.string(), rows),
    }
    names = [*piece.rows.schema.names, *came_from]
    return pa.record_batch([*piece.rows.columns, *came_from.values()], names=names)


def _constant(value: object, kind: pa.DataType, rows: int) -> pa.Array:
    """One value for every row, as a dictionary of one entry: it costs a few bytes, in memory and in Parquet."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), rows), pa.array([value], kind))
