"""Rows of a table's files written into other files by a cluster; no row passes through this process but a sample."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from lakehouse_assets.publish.curve import CURVE, SAMPLE, boundaries, with_curve

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse_assets.publish.rewrite import Job

SEED = 7  # of the sample: it only says where the curve runs


def write_by_cluster(session: SparkSession, job: Job) -> None:
    """Write what the job names, in as many tasks as there will be files, sorted along the curve where it wants that."""
    from pyspark.sql.types import StructType

    root = job.table.table_uri.rstrip("/")
    schema = StructType.fromJson(json.loads(job.table.schema().to_json()))
    plain = StructType([field for field in schema.fields if field.name != job.column])
    rows = session.read.schema(plain).parquet(*(f"{root}/{path}" for path in job.paths))
    files = 1 + job.size_bytes // job.file_bytes
    ordered = _along_the_curve(rows, job, files) if job.cluster_by else rows.coalesce(files)
    ordered.write.option("compression", "zstd").parquet(f"{root}/{job.into}")


def _along_the_curve(rows: DataFrame, job: Job, files: int) -> DataFrame:
    from pyspark.sql import types as T

    share = min(1.0, SAMPLE / max(1, job.rows))
    sample = rows.select(*job.cluster_by).sample(share, seed=SEED).toArrow()
    bounds = boundaries(sample.to_batches(), sample.num_rows, job.cluster_by)
    placed = T.StructType([*rows.schema.fields, T.StructField(CURVE, T.LongType())])
    curved = rows.mapInArrow(_placing(tuple(job.cluster_by), bounds), placed)
    return curved.repartitionByRange(files, CURVE).sortWithinPartitions(CURVE).drop(CURVE)


def _placing(columns: tuple[str, ...], bounds: Any) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def place(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from with_curve(batches, columns, bounds)

    return place
