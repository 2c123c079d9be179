"""The quarantine: rejected rows, kept with the rules they broke, where they came from and as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.publish.commit import commit_range, open_table
from lakehouse_assets.publish.staging import new_folder, read_staging
from lakehouse_assets.publish.verdict import RAW, REJECTED, SLOT, WHOLE, is_broken

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.judge import Judged
    from lakehouse_assets.publish.staging import StagedFile
    from lakehouse_assets.publish.target import Origin


def quarantine(judged: Judged, origin: Origin) -> int:
    """Replace the range of the quarantine table by the rows rejected now; returns how many there are.

    Where nothing was rejected, rows that an earlier run of the same range left are withdrawn; a table
    without a single rejected row gets no quarantine table.
    """
    url = judged.target.quarantine_url
    rejected = [file for file in judged.staging.files if file.rejected]
    if not rejected and open_table(url) is None:
        return 0
    schema = quarantine_schema(judged.schema)
    folder = new_folder()
    staged: tuple[StagedFile, ...] = ()
    if rejected:
        _stage_rejected(judged, origin, f"{url}/{folder}")
        staged = read_staging(url, folder, bounds=False).files
    rows = sum(file.rows for file in staged)
    expected = judged.judgement.total.quarantined
    if rows == expected:
        commit_range(
            url,
            judged.range,
            staged,
            schema,
            message={"run_id": origin.run_id, "range": str(judged.range), "quarantined": rows},
            name=f"quarantine/{judged.target.id}",
            description=f"Rows of {judged.target.id} that broke its contract.",
        )
    return rows


def quarantine_schema(schema: StructType) -> StructType:
    """The columns of a quarantine table: the table's own, then why, as it came, by which run and when."""
    from pyspark.sql import types as T

    return T.StructType(
        [
            *schema.fields,
            T.StructField("_failed", T.ArrayType(T.StringType()), True, {"comment": "the rules the row broke"}),
            T.StructField(RAW, T.StringType(), True, {"comment": "the row as it came, before any cast, as JSON"}),
            T.StructField("_run_id", T.StringType(), True, {"comment": "the run that judged it"}),
            T.StructField("_rules", T.StringType(), True, {"comment": "fingerprint of the rules it was judged by"}),
            T.StructField("_judged_at", T.TimestampType(), True, {"comment": "when it was judged, UTC"}),
        ]
    )


def _stage_rejected(judged: Judged, origin: Origin, url: str) -> None:
    from pyspark.sql import functions as F

    if judged.frame is None:
        return
    target = judged.target
    by = target.column or WHOLE
    names = [f.name for f in judged.schema.fields if f.name != target.column]
    failed = [F.when(is_broken(target.rules, rule), F.lit(rule.id)) for rule in target.rules.errors]
    folder = f"{judged.staging.root}/{judged.staging.folder}/{by}={REJECTED}"
    rows = judged.frame.sparkSession.read.parquet(folder).select(
        *names,
        F.array_compact(F.array(*failed)).alias("_failed"),
        RAW,
        F.lit(origin.run_id).alias("_run_id"),
        F.lit(target.rules.fingerprint).alias("_rules"),
        F.current_timestamp().alias("_judged_at"),
        F.col(SLOT).alias(by),
    )
    # A handful of rows for each partition: one task writes them, not one file for each task and partition.
    rows.coalesce(1).write.partitionBy(by).parquet(url)
