"""Judging a frame: one pass computes it, tells good rows from bad ones and stages both."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish.effort import Effort
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.judgement import Judgement, tally
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.staged_write import write_staged
from lakehouse_assets.publish.staging import Staging, read_staging, staging_folder
from lakehouse_assets.publish.totals import SlotTotals, Wanted, staged_totals
from lakehouse_assets.publish.verdict import RAW, REJECTED, SLOT, WHOLE, add_verdict, as_it_came, conform, flags
from lakehouse_assets.storage import storage_errors

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.target import Target


@dataclass(frozen=True)
class Kept:
    """What of the run's range stays as it is under the new version, because what it was made from stayed."""

    files: frozenset[str] | None = frozenset()  # of the table; None for all
    rows: int = 0  # in these files
    quarantined: pa.Table | None = None


@dataclass(frozen=True)
class Judged:
    """Rows staged and counted, not yet published. `schema` is the table's, provenance included.

    `seen` is the table as the run saw it first: publishing conflicts where another writer has changed the
    range since. `marks` are set by the commit, `facts` go into its metadata, `findings` are about partitions
    as a whole, `effort` is what it took so far. `totals` are what was wanted of partitions that have rows.
    """

    target: Target
    range: Range
    staging: Staging
    judgement: Judgement
    schema: StructType
    seen: Snapshot
    totals: Mapping[str, SlotTotals] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    marks: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    effort: Effort = field(default_factory=Effort)

    @property
    def refusals(self) -> list[str]:
        """Why this must not be published; empty if it may."""
        rows = self.judgement.refusals(self.target.tolerated_share, self.target.tolerated_rows)
        return [*rows, *(finding.refusal for finding in self.findings if finding.refuses)]


def judge(
    frame: DataFrame,
    target: Target,
    range_: Range,
    references: Mapping[str, DataFrame] | None = None,
    seen: Snapshot | None = None,
    wanted: Wanted | None = None,
) -> Judged:
    """Stage every row of `frame` with its verdict under the target, and count exactly.

    Nothing becomes visible to readers. `seen` is the table as the run saw it first; without it, as it is now.
    `wanted` says what to know of each partition besides. Raises ContractError for columns that do not fit the
    contract and OutsideRangeError for rows the run is not for; staged files are removed then.
    """
    wanted = wanted or Wanted()
    seen = seen or Snapshot.of(target.url)
    conformed = conform(frame, target.schema, target.rules, target.carried)
    known = references or {}
    staged = _stage(conformed, target, len(range_.slots), known, wanted, None)
    try:
        judgement = tally(staged.staging.files, range_, target.rules)
        if staged.duplicates is not None:
            staged.staging.discard()
            staged = _stage(conformed, target, len(range_.slots), known, wanted, staged.duplicates)
            judgement = tally(staged.staging.files, range_, target.rules)
            _require_distinct(staged.duplicates, target)
    except BaseException:
        staged.staging.discard()
        raise
    return Judged(target, range_, staged.staging, judgement, _stored_schema(conformed, target), seen, staged.totals)


def _require_distinct(duplicates: DataFrame | None, target: Target) -> None:
    if duplicates is not None:
        (rule,) = target.rules.of_kind("unique")
        raise ContractError(
            f"{target.id}: computed twice, the frame gave different rows for {rule.id}",
            remedy="make the table's function deterministic: order every window by a full key",
        )


@dataclass(frozen=True)
class _Staged:
    """`duplicates` are the keys that more than one accepted row has; None where all are distinct."""

    staging: Staging
    duplicates: DataFrame | None = None
    totals: Mapping[str, SlotTotals] = field(default_factory=dict)


def _stage(
    conformed: DataFrame,
    target: Target,
    partitions: int,
    references: Mapping[str, DataFrame],
    wanted: Wanted,
    duplicates: DataFrame | None,
) -> _Staged:
    """Stage the rows; those of keys that are known to be `duplicates` are rejected."""
    from pyspark.sql import functions as F
    from pyspark.sql.types import DateType

    by = target.column or WHOLE
    judged = add_verdict(conformed, target.rules, references, duplicates)
    rejected = F.col("_rejected")
    slot = F.col(target.column).cast("string") if target.column else F.lit("all")
    label = F.when(rejected, F.lit(REJECTED)).otherwise(slot)
    if target.column and isinstance(conformed.schema[target.column].dataType, DateType):
        # A day stays one: to make the text of each row's would take a tenth of the write. A row without a day, which
        # the embedded engine would write as one of 1970, is counted among the rejected as one of no partition.
        label = F.coalesce(F.when(rejected, F.lit(None)).otherwise(F.col(by)), F.lit(REJECTED).cast("date"))
    carried = [name for name in target.carried if name in conformed.columns]
    names = [f.name for f in target.schema.fields if f.name != target.column]
    rows = judged.select(
        *names,
        *carried,
        *flags(target.rules),
        F.when(rejected, slot).alias(SLOT),
        F.when(rejected, as_it_came(target.schema, target.rules)).alias(RAW),
        label.alias(by),
    )
    with storage_errors(target.url), staging_folder(target.url) as folder:
        write_staged(rows, target.url, folder, by, partitions)
        session, staged_at = conformed.sparkSession, f"{target.url}/{folder}"
        with ThreadPoolExecutor(max_workers=2) as pool:
            # The engine looks at keys and values while the footers are read here.
            proof = pool.submit(_duplicates, session, staged_at, target)
            totals = pool.submit(staged_totals, session, staged_at, target, wanted)
            staging = read_staging(target.url, folder)
        return _Staged(staging, proof.result(), totals.result()) if staging.files else _Staged(staging)


def _is_rejected(target: Target) -> Column:
    """True for a staged row that was rejected."""
    from pyspark.sql import functions as F

    return F.col(target.column or WHOLE).cast("string") == REJECTED


def _duplicates(session: SparkSession, staged_at: str, target: Target) -> DataFrame | None:
    """The keys that more than one accepted row has, or None where all are distinct or there is no key."""
    from pyspark.sql import functions as F

    rule = next(iter(target.rules.of_kind("unique")), None)
    if rule is None:
        return None
    staged = session.read.parquet(staged_at)
    accepted = staged.where(~_is_rejected(target))
    # As many distinct hashes as rows proves that all keys differ; fewer may be a collision, so count exactly.
    rows, hashes = F.count(F.lit(1)).alias("rows"), F.count_distinct(F.xxhash64(*rule.columns)).alias("hashes")
    # A key with the partition in it cannot repeat across partitions: smaller sets, each for itself.
    by = [target.column] if target.column in rule.columns else []
    counts = accepted.groupBy(*by).agg(rows, hashes).agg(F.sum("rows"), F.sum("hashes")).collect()[0]
    if counts[0] == counts[1]:
        return None
    twice = accepted.groupBy(*rule.columns).count().where(F.col("count") > 1).drop("count")
    if target.column in rule.columns:
        types = {f.name: f.dataType for f in target.schema.fields}
        twice = twice.withColumn(target.column, F.col(target.column).cast(types[target.column]))
    rows = twice.toArrow()
    return session.createDataFrame(rows) if rows.num_rows else None


def _stored_schema(conformed: DataFrame, target: Target) -> StructType:
    from pyspark.sql.types import StructType

    carried = [conformed.schema[name] for name in target.carried if name in conformed.columns]
    return StructType([*target.schema.fields, *carried])
