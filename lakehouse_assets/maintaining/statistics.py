"""Statistics of files that another tool wrote without any: taken from the files' footers, rows stay unread."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from lakehouse_assets.publish.note import note
from lakehouse_assets.publish.staging import read_footer
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable


def add_statistics(url: str, paths: Collection[str]) -> int:
    """Let the log name these files again, with row counts and bounds; returns how many had none and have some now.

    A file that a deletion vector is of stays as it is: its footer counts rows that are no longer there.
    """
    done: list[str] = []

    def actions(table: DeltaTable) -> list[Any]:
        import pyarrow as pa
        from deltalake.transaction import AddAction

        column = next(iter(table.metadata().partition_columns), None)
        vectors = pa.table(table.deletion_vectors())
        spared = {uri.rsplit("/", 1)[-1] for uri in vectors["filepath"].to_pylist()} if vectors.num_rows else set()
        lake, made = place(url), []
        for row in pa.table(table.get_add_actions(flatten=True)).to_pylist():
            if row["path"] not in paths or row["path"].rsplit("/", 1)[-1] in spared:
                continue
            stats = read_footer(lake, row["path"])
            values = {column: str(row[f"partition.{column}"])} if column else {}
            made.append(AddAction(row["path"], row["size_bytes"], values, row["modification_time"], False, stats))
        done[:] = [action.path for action in made]
        return made

    with storage_errors(url):
        note(url, lambda _: {"maintained": "statistics"}, actions)
    return len(done)
