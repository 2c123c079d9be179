"""The one commit that makes staged files a version of a Delta table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ConflictError, OutsideRangeError, SchemaDriftError
from lakehouse_assets.storage import storage_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.staging import StagedFile

APP = "lakehouse/"  # prefix of the transaction ids that keep what each partition was made from
COMMIT_KEY = "lakehouse"  # our entry in Delta's commit information


def open_table(url: str) -> DeltaTable | None:
    """The Delta table at `url` as it is now, or None where there is none."""
    from deltalake import DeltaTable
    from deltalake.exceptions import TableNotFoundError

    with storage_errors(url):
        try:
            return DeltaTable(url)
        except TableNotFoundError:
            return None


def commit_range(
    url: str,
    range_: Range,
    files: Iterable[StagedFile],
    schema: StructType,
    *,
    message: dict[str, Any],
    fingerprints: dict[str, int] | None = None,
    name: str | None = None,
    description: str | None = None,
) -> int:
    """Replace exactly the partitions of `range_` by `files`, in one commit; returns the new version.

    A table that does not exist is created by the same commit. Raises SchemaDriftError where the stored
    columns differ from `schema`, OutsideRangeError for a file of another partition, ConflictError where
    another writer changed the same partitions meanwhile.
    """
    from deltalake import CommitProperties, Schema, Transaction
    from deltalake.exceptions import CommitFailedError, DeltaError
    from deltalake.transaction import create_table_with_add_actions

    adds = [_add_action(file, range_) for file in files]
    delta_schema = Schema.from_json(_stored_json(schema))
    by = [range_.column] if range_.column else []
    properties = CommitProperties(
        custom_metadata={COMMIT_KEY: json.dumps(message, sort_keys=True)},
        app_transactions=[Transaction(APP + slot, mark) for slot, mark in (fingerprints or {}).items()],
    )
    table = open_table(url)
    with storage_errors(url):
        try:
            if table is None:
                create_table_with_add_actions(
                    url,
                    delta_schema,
                    adds,
                    mode="error",
                    partition_by=by,
                    name=name,
                    description=description,
                    commit_properties=properties,
                )
            else:
                require_same_columns(table, schema, url)
                table.create_write_transaction(
                    adds,
                    "overwrite",
                    table.schema(),
                    partition_by=by,
                    partition_filters=range_.filters,
                    commit_properties=properties,
                )
        except CommitFailedError as error:
            raise _conflict(url, range_, error) from error
        except DeltaError as error:
            if "already exists" in str(error):
                raise _conflict(url, range_, error) from error
            raise
    done = open_table(url)
    return done.version() if done else 0


def require_same_columns(table: DeltaTable, schema: StructType, url: str) -> None:
    """Raise SchemaDriftError, with a readable difference, unless names, order and types are the stored ones."""
    stored = [(f["name"], f["type"]) for f in json.loads(table.schema().to_json())["fields"]]
    declared = [(f["name"], f["type"]) for f in json.loads(schema.json())["fields"]]
    if stored != declared:
        lines = [f"- {n}: {t}" for n, t in stored if (n, t) not in declared]
        lines += [f"+ {n}: {t}" for n, t in declared if (n, t) not in stored] or ["(the order differs)"]
        raise SchemaDriftError(
            "the stored table and the declared table differ (- stored, + declared):\n" + "\n".join(lines),
            where=url,
            remedy="change the contract back, or move the old table away and publish it anew",
        )


def _stored_json(schema: StructType) -> str:
    """The schema as Delta keeps it: without descriptions and without NOT NULL.

    Over descriptions the embedded engine's unions stumble; NOT NULL is inferred from one frame, and the next
    would break it.
    """
    fields = [{**f, "nullable": True, "metadata": {}} for f in json.loads(schema.json())["fields"]]
    return json.dumps({"type": "struct", "fields": fields})


def _add_action(file: StagedFile, range_: Range) -> Any:
    from deltalake.transaction import AddAction

    if file.slot not in range_.slots or file.rejected:
        raise OutsideRangeError(f"{file.path} is not of the run's range {range_}")
    values = {range_.column: file.slot} if range_.column else {}
    return AddAction(file.path, file.size_bytes, values, file.modified_ms, True, file.stats)


def _conflict(url: str, range_: Range, error: Exception) -> ConflictError:
    return ConflictError(
        f"another writer changed {range_} at the same time ({error})",
        where=url,
        remedy="run it again: nothing was published, and what the other writer published is kept",
    )
