"""The one commit that makes staged files a version of a Delta table."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ConflictError, OutsideRangeError, SchemaDriftError
from lakehouse_assets.publish.conflicts import RERUN, find_commit, require_untouched
from lakehouse_assets.publish.evolution import plan, rewrite
from lakehouse_assets.publish.information import information
from lakehouse_assets.publish.transactions import current_version
from lakehouse_assets.storage import ask, connection_options, is_refusal, is_transient, storage_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.schema_policy import Policy
    from lakehouse_assets.publish.staging import StagedFile

ATTEMPTS = 20  # each loses only to a writer that won, so somebody always gets on


@dataclass(frozen=True)
class Change:
    """What one commit does: in `range`, `files` join those of the paths `keep`, and every other file leaves.

    `keep=None` keeps all: files only join. `base` is the version that the change was computed from, -1 for
    no table; None says that it depends on none. `marks` are set by the same commit. Where the stored columns
    are not those of `schema`, `policy` says what may change; `required` columns may not be NULL.
    """

    range: Range
    files: tuple[StagedFile, ...]
    schema: StructType
    message: Mapping[str, Any]
    marks: Mapping[str, int] = field(default_factory=dict)
    keep: frozenset[str] | None = frozenset()
    base: int | None = None
    policy: Policy = "strict"
    required: frozenset[str] = frozenset()
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Committed:
    """A commit that was made, and how it changed the table's columns, a line for each."""

    version: int
    columns_changed: tuple[str, ...] = ()


class _OvertakenError(Exception):
    """Another writer made the version that this attempt was for."""


def open_table(url: str, version: int | None = None) -> DeltaTable | None:
    """The Delta table at `url` as it is now, or at a version of it; None where there is none."""
    from deltalake import DeltaTable
    from deltalake.exceptions import TableNotFoundError

    def opened() -> DeltaTable | None:
        with storage_errors(url):
            try:
                return DeltaTable(url, version=version, storage_options=connection_options(url))
            except TableNotFoundError:
                return None

    return ask(opened)


def renew(table: DeltaTable) -> None:
    """Look at a table's newest version."""

    def looked() -> None:
        with storage_errors(table.table_uri):
            table.update_incremental()

    ask(looked)


def commit(url: str, change: Change, table: DeltaTable | None = None) -> Committed:
    """Make a change the table's next version; a table that is missing is created.

    Every attempt looks at the table anew and is for exactly the version after the one it saw, so no other
    writer's commit is ever overlooked, whatever store and library: writers of disjoint ranges all succeed,
    and one whose range was changed since `base` gets a ConflictError. Attempts are bounded, with jitter.
    `table`, of any version, saves opening it. Raises SchemaDriftError where the policy does not permit the
    change of columns.
    """
    import tenacity

    commit_id = uuid.uuid4().hex
    looked: list[int] = []  # the version that each attempt saw

    def attempt() -> Committed:
        nonlocal table
        if table is None:
            table = open_table(url)
        else:
            renew(table)
        now = -1 if table is None else table.version()
        done = find_commit(url, commit_id, min(looked), now) if looked else None
        looked.append(now)
        return _attempt(url, table, change, commit_id) if done is None else Committed(done)

    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_OvertakenError),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_random_exponential(multiplier=0.02, max=1),
        reraise=True,
    )
    try:
        with storage_errors(url):
            return attempts(attempt)
    except _OvertakenError as error:
        # The last attempt may have been made all the same, and only the answer to it lost.
        done = find_commit(url, commit_id, min(looked), current_version(url))
        if done is not None:
            return Committed(done)
        raise ConflictError(
            f"other writers were faster {ATTEMPTS} times in a row ({error})", where=url, remedy=RERUN
        ) from error


def _attempt(url: str, table: DeltaTable | None, change: Change, commit_id: str) -> Committed:
    from deltalake import CommitProperties, Transaction
    from deltalake.exceptions import CommitFailedError, DeltaError

    adds = [_add_action(_require_in_range(file, change.range), change.range.column) for file in change.files]
    properties = CommitProperties(
        custom_metadata=information({**change.message, "commit": commit_id}),
        # The library would try again by its own idea of a conflict; ours is stricter.
        max_commit_retries=0,
        app_transactions=[Transaction(name, number) for name, number in change.marks.items()],
    )
    if table is None and change.base is not None and change.base >= 0:
        raise ConflictError("the table is gone", where=url, remedy=RERUN)
    try:
        if table is None:
            _create(url, change, adds, properties)
            return Committed(0)
        if change.base is not None:
            require_untouched(url, change.range, change.base, table.version())
        return Committed(table.version() + 1, _write(table, change, adds, properties))
    except CommitFailedError as error:
        if is_refusal(error) or is_transient(error):
            raise  # it may have been made, or not: whoever says so must not clean up
        raise _OvertakenError(str(error)) from error
    except DeltaError as error:
        if "already exists" in str(error):
            raise _OvertakenError(str(error)) from error
        raise


def _write(table: DeltaTable, change: Change, adds: list[Any], properties: Any) -> tuple[str, ...]:
    """Make the commit; returns how it changes the columns."""
    from deltalake import Schema

    by = [change.range.column] if change.range.column else []
    if change.keep is None and not change.files:  # a note: rows and columns stay as they are
        table.create_write_transaction([], "append", table.schema(), by, commit_properties=properties)
        return ()
    how = plan(table, change.schema, change.range, change.policy, required=change.required)
    if change.keep is None or change.keep:
        if how.action != "nothing":
            raise SchemaDriftError(
                "files that stay cannot be given other columns:\n" + "\n".join(how.lines),
                where=table.table_uri,
                remedy="make these partitions anew first, with `lakehouse run --force`",
            )
        removes = _removes(table.table_uri, table, change.range, change.keep) if change.keep else []
        table.create_write_transaction([*removes, *adds], "append", table.schema(), by, commit_properties=properties)
        return ()
    rewritten = [_add_action(file, change.range.column) for file in rewrite(table, how)]
    schema, filters = Schema.from_json(how.schema_json), how.filters(change.range)
    table.create_write_transaction([*adds, *rewritten], "overwrite", schema, by, filters, commit_properties=properties)
    return how.lines


def _create(url: str, change: Change, adds: list[Any], properties: Any) -> None:
    from deltalake import Schema
    from deltalake.transaction import create_table_with_add_actions

    create_table_with_add_actions(
        url,
        Schema.from_json(stored_json(change.schema)),
        adds,
        mode="error",
        partition_by=[change.range.column] if change.range.column else [],
        name=change.name,
        description=change.description,
        commit_properties=properties,
        storage_options=connection_options(url),
    )


def stored_json(schema: StructType) -> str:
    """The schema as Delta keeps it: without descriptions and without NOT NULL.

    Over descriptions the embedded engine's unions stumble; NOT NULL is inferred from one frame, and the next
    would break it.
    """
    fields = [{**f, "nullable": True, "metadata": {}} for f in json.loads(schema.json())["fields"]]
    return json.dumps({"type": "struct", "fields": fields})


def _add_action(file: StagedFile, column: str | None) -> Any:
    from deltalake.transaction import AddAction

    values = {column: file.slot} if column else {}
    return AddAction(file.path, file.size_bytes, values, file.modified_ms, True, file.stats)


def _require_in_range(file: StagedFile, range_: Range) -> StagedFile:
    if file.slot not in range_.slots or file.rejected:
        raise OutsideRangeError(f"{file.path} is not of the run's range {range_}")
    return file


def _removes(url: str, table: DeltaTable, range_: Range, keep: frozenset[str]) -> list[Any]:
    import time

    from deltalake.transaction import RemoveAction

    active = active_files(table, range_)
    if not keep <= {file.path for file in active}:
        # Compaction changes no row and so touches no range, but its files hold the rows to keep and others.
        raise ConflictError(f"files of {range_} were rewritten at the same time", where=url, remedy=RERUN)
    now = int(time.time() * 1000)
    return [
        RemoveAction(file.path, True, now, file.size_bytes, {range_.column: file.slot} if range_.column else {})
        for file in active
        if file.path not in keep
    ]


@dataclass(frozen=True)
class ActiveFile:
    """A file that the current version of a table names."""

    path: str
    slot: str
    rows: int
    size_bytes: int


def active_files(table: DeltaTable, range_: Range) -> list[ActiveFile]:
    """The files of a range; all files of an unpartitioned table."""
    wanted = set(range_.slots)
    return [file for file in all_files(table, range_.column) if file.slot in wanted]


def all_files(table: DeltaTable, column: str | None) -> list[ActiveFile]:
    """Every file that a table's version names, with its partition where the table is cut by `column`."""
    import pyarrow as pa

    slot = f"partition.{column}" if column else ""
    wanted_columns = ["path", "num_records", "size_bytes", *([slot] if slot else [])]  # not the bounds of each column
    actions = pa.table(table.get_add_actions(flatten=True)).select(wanted_columns).to_pylist()
    return [
        ActiveFile(row["path"], str(row[slot]) if slot else "", row["num_records"], row["size_bytes"])
        for row in actions
    ]
