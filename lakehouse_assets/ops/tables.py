"""Which tables there are about the platform itself, and their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

    from lakehouse_assets.settings import Settings

LAYER = "ops"
Kind = Literal["text", "whole", "number", "truth", "time"]


@dataclass(frozen=True)
class Column:
    """A column: what it is called, what it holds, and what that means."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class OpsTable:
    """A table of records, which rows only ever join. No two rows have the same values in `key`."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def id(self) -> str:
        """`ops/<name>`, also the asset key."""
        return f"{LAYER}/{self.name}"

    def url(self, settings: Settings) -> str:
        """Where it lies: `<root>/ops/<name>`."""
        return settings.table_url(LAYER, self.name)

    @property
    def schema(self) -> StructType:
        """Its columns as Spark has them."""
        from pyspark.sql import types as T

        kinds = {
            "text": T.StringType(),
            "whole": T.LongType(),
            "number": T.DoubleType(),
            "truth": T.BooleanType(),
            "time": T.TimestampType(),
        }
        return T.StructType([T.StructField(c.name, kinds[c.kind], True, {"comment": c.meaning}) for c in self.columns])

    @property
    def arrow_schema(self) -> pa.Schema:
        """Its columns as Arrow has them, times in microseconds UTC."""
        import pyarrow as pa

        kinds = {
            "text": pa.string(),
            "whole": pa.int64(),
            "number": pa.float64(),
            "truth": pa.bool_(),
            "time": pa.timestamp("us", "UTC"),
        }
        return pa.schema([(c.name, kinds[c.kind]) for c in self.columns])


CHECK_RESULTS = OpsTable(
    "check_results",
    "What each rule and check found of each partition, each time that it was judged.",
    ("run_id", "table_id", "partition", "rule", "recorded_at"),
    (
        Column("table_id", "text", "the table that was judged, as silver/transactions"),
        Column("partition", "text", "the partition; empty for an unpartitioned table"),
        Column("rule", "text", "the rule, or the check of the partition as a whole"),
        Column("passed", "truth", "whether no row broke the rule, or the check passed"),
        Column("severity", "text", "WARN where the rows were published all the same or without those; ERROR where not"),
        Column(
            "blocking", "truth", "whether it sets rows apart or can refuse a publication; false for those that warn"
        ),
        Column("failed_rows", "whole", "rows that broke the rule; NULL for a check of the partition as a whole"),
        Column("rows", "whole", "rows that were judged; NULL where the check counts none"),
        Column("version", "whole", "the Delta version that holds what was judged; NULL where nothing was published"),
        Column("recorded_at", "time", "when it was recorded, UTC"),
        Column("run_id", "text", "the Dagster run; empty where rows left the quarantine without one"),
    ),
)
MATERIALISATIONS = OpsTable(
    "materialisations",
    "What each run of a table published, and what it took: a row for each table that a run made.",
    ("run_id", "table_id", "version"),
    (
        Column("table_id", "text", "the table that was made"),
        Column("partitions", "whole", "partitions that the run was for; 1 for an unpartitioned table"),
        Column("first_partition", "text", "the first of them; empty for an unpartitioned table"),
        Column("last_partition", "text", "the last of them"),
        Column("rows", "whole", "rows published"),
        Column("rows_delivered", "whole", "rows that were judged"),
        Column("rows_quarantined", "whole", "rows that were rejected"),
        Column("version", "whole", "the Delta version; where nothing was new, the one that stays"),
        Column("published", "truth", "whether the run published anything: it does not where nothing was new"),
        Column("bytes_scanned", "whole", "size of the files that the rows came from"),
        Column("bytes_written", "whole", "size of the files that were written, accepted and rejected rows"),
        Column("files", "whole", "files that the table gained"),
        Column("seconds", "number", "all phases together"),
        Column("seconds_read", "number", "reading deliveries; NULL where the engine reads and judges in one pass"),
        Column("seconds_judge", "number", "judging, checks included; for computed tables reading and computing too"),
        Column("seconds_quarantine", "number", "putting rejected rows into the quarantine"),
        Column("seconds_commit", "number", "the commit"),
        Column("peak_memory_bytes", "whole", "greatest memory of the process, an embedded engine included"),
        Column("cost_estimate", "number", "seconds times the engine's declared rate; NULL where none was declared"),
        Column("recorded_at", "time", "when it was recorded, UTC"),
        Column("run_id", "text", "the Dagster run"),
    ),
)
OPS_TABLES = (CHECK_RESULTS, MATERIALISATIONS)
