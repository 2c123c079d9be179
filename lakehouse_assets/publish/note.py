"""Commits that change no row, each for exactly the version that was looked at: notes in the log, exchanged files."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ConflictError, UnknownTableError
from lakehouse_assets.publish.commit import ATTEMPTS, open_table, renew
from lakehouse_assets.publish.conflicts import find_commit
from lakehouse_assets.publish.information import information
from lakehouse_assets.storage import is_refusal, is_transient

if TYPE_CHECKING:
    from deltalake import DeltaTable


def note(
    url: str,
    told: Callable[[DeltaTable], Mapping[str, Any]],
    actions: Callable[[DeltaTable], Sequence[Any]] = lambda _: (),
) -> int:
    """Add a version to the table at `url`, as `add_version` does."""
    table = open_table(url)
    if table is None:
        raise UnknownTableError("the table was never published", where=url, remedy="materialise it first")
    return add_version(table, told, actions)


def add_version(
    table: DeltaTable,
    told: Callable[[DeltaTable], Mapping[str, Any]],
    actions: Callable[[DeltaTable], Sequence[Any]],
) -> int:
    """Add a version that `told` describes, made for exactly the version that it looked at; returns its number.

    Where another writer was faster, both look at the table as it is then, and may refuse. Raises ConflictError where
    that never ends.
    """
    from deltalake import CommitProperties
    from deltalake.exceptions import CommitFailedError

    url, commit_id, first = table.table_uri, uuid.uuid4().hex, table.version()
    for _ in range(ATTEMPTS):
        said = information({**told(table), "commit": commit_id})
        properties = CommitProperties(custom_metadata=said, max_commit_retries=0)
        by = list(table.metadata().partition_columns)
        base = table.version()
        try:
            table.create_write_transaction(
                list(actions(table)), "append", table.schema(), by, commit_properties=properties
            )
        except CommitFailedError as error:
            if is_refusal(error) or is_transient(error):
                raise  # it may have been made, or not
            renew(table)
            done = find_commit(url, commit_id, first, table.version())
            if done is not None:
                return done
        else:
            return base + 1
    raise ConflictError("other writers were always faster", where=url, remedy="run the maintenance again later")
