"""A table's log: the properties that say how it is kept, checkpoints, and taking away what is too old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lakehouse_assets.errors import ConflictError
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.information import information
from lakehouse_assets.storage import is_refusal, is_transient, storage_errors

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

    from lakehouse_assets.policies.maintenance import Maintenance

ONLY_OURS = "delta.enableExpiredLogCleanup"


def wanted_properties(policy: Maintenance, schema: StructType, column: str | None) -> dict[str, str]:
    """The table properties by which every tool that writes the table keeps to its policy.

    Others must not clean the log by themselves, because they know no release. No bounds are kept of floating
    numbers: writers leave NaN out of them, and readers would skip rows.
    """
    from pyspark.sql import types as T

    floats = any(isinstance(field.dataType, T.FloatType | T.DoubleType) for field in schema.fields)
    exact = [f.name for f in schema.fields if f.name != column and isinstance(f.dataType, _bounded())]
    named = policy.statistics if policy.statistics is not None else exact if floats else None
    return {
        ONLY_OURS: "false",
        "delta.logRetentionDuration": f"interval {policy.log_days} days",
        "delta.deletedFileRetentionDuration": f"interval {policy.keep_days} days",
        **({"delta.dataSkippingStatsColumns": ",".join(named)} if named else {}),
    }


def _bounded() -> tuple[type, ...]:
    from pyspark.sql import types as T

    return (T.IntegralType, T.StringType, T.DateType, T.TimestampType, T.TimestampNTZType, T.DecimalType)


def set_properties(url: str, properties: Mapping[str, str]) -> None:
    """Set table properties, in a commit of their own. Raises ConflictError where another writer came between."""
    from deltalake import CommitProperties
    from deltalake.exceptions import CommitFailedError

    table = open_table(url)
    if table is None:
        return
    told = CommitProperties(custom_metadata=information({"maintained": "properties"}), max_commit_retries=0)
    with storage_errors(url):
        try:
            table.alter.set_table_properties(dict(properties), commit_properties=told)
        except CommitFailedError as error:
            if is_refusal(error) or is_transient(error):
                raise
            raise ConflictError("another writer was faster", where=url, remedy="run the maintenance again") from error


def checkpoint(url: str) -> None:
    """Write what the log says as one file, marks included, so that readers need not read every commit."""
    table = open_table(url)
    if table is not None:
        with storage_errors(url):
            table.create_checkpoint()


def clean_log(url: str) -> None:
    """Take away commits that are older than the table's own `delta.logRetentionDuration`; checkpoints first."""
    table = open_table(url)
    if table is not None:
        with storage_errors(url):
            table.create_checkpoint()
            table.cleanup_metadata()
