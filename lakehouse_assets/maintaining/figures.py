"""What a table's log says of its health, at one version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lakehouse_assets.maintaining.scoring import Piece
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.conflicts import read_commit
from lakehouse_assets.publish.information import told_by
from lakehouse_assets.publish.staging import is_clustered
from lakehouse_assets.publish.transactions import LOG
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from lakehouse_assets.policies.maintenance import Maintenance

LOOKED_BACK = 1_000  # commits, at most, for when rows were last put together


@dataclass(frozen=True)
class Figures:
    """A table at one version: its files, its log, and its properties.

    `commits` are the versions that the log still has a file of, each with when it was written; `checkpoint` is
    the latest one that a checkpoint is of, -1 for none.
    """

    url: str
    version: int
    pieces: tuple[Piece, ...]
    commits: Mapping[int, datetime]
    checkpoint: int
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def commits_since_checkpoint(self) -> int:
        """How many commits a reader reads one by one."""
        return self.version - self.checkpoint

    @property
    def feed(self) -> bool:
        """Whether the table has a change data feed."""
        return self.properties.get("delta.enableChangeDataFeed", "false").lower() == "true"


def read_figures(url: str, policy: Maintenance) -> Figures | None:
    """The figures of the table at `url` as it is now; None where it was never published."""
    table = open_table(url)
    return None if table is None else figures_of(table, url, policy)


def figures_of(table: DeltaTable, url: str, policy: Maintenance, look_back: int | None = None) -> Figures:
    """The figures of a table that is open already.

    Files that we put together say so by their folder; what others did is looked for in the log. With `look_back` no
    more than so many commits of it are read; files that came before them count as put together, so the share that is
    not may be greater than what is found.
    """
    with storage_errors(url):
        commits, checkpoint = _log(url)
        first = max(min(commits, default=0), table.version() + 1 - (look_back or LOOKED_BACK))
        together, loose = _clustered(url, table.version(), first, policy.cluster_by)

        def is_together(path: str) -> bool:
            told = path not in loose if look_back else path in together
            return told or is_clustered(path, policy.cluster_by)

        return Figures(
            url=url,
            version=table.version(),
            pieces=_pieces(table, policy.statistics, is_together),
            commits=commits,
            checkpoint=checkpoint,
            properties=dict(table.metadata().configuration),
        )


def _log(url: str) -> tuple[dict[int, datetime], int]:
    commits, checkpoint = dict[int, datetime](), -1
    for file in place(url).files(below=LOG, recursive=False):
        name = file.path.rsplit("/", 1)[-1]
        if name[:20].isdigit() and name[20:] == ".json":
            commits[int(name[:20])] = datetime.fromtimestamp(file.mtime_ns / 1e9, UTC)
        elif name[:20].isdigit() and ".checkpoint." in name:
            checkpoint = max(checkpoint, int(name[:20]))
    return commits, checkpoint


def _pieces(table: DeltaTable, wanted: Sequence[str] | None, is_clustered: Callable[[str], bool]) -> tuple[Piece, ...]:
    import pyarrow as pa

    column = next(iter(table.metadata().partition_columns), None)
    actions = pa.table(table.get_add_actions(flatten=True))
    counted = [f"null_count.{name}" for name in wanted or () if f"null_count.{name}" in actions.column_names]
    asked = ["path", "size_bytes", "num_records", *counted, *([f"partition.{column}"] if column else [])]
    return tuple(
        Piece(
            path=row["path"],
            slot=str(row[f"partition.{column}"]) if column else "",
            size_bytes=row["size_bytes"],
            clustered=is_clustered(row["path"]),
            with_statistics=row["num_records"] is not None and all(row[name] is not None for name in counted),
        )
        for row in actions.select(asked).to_pylist()
    )


def _clustered(url: str, last: int, first: int, by: Sequence[str]) -> tuple[set[str], set[str]]:
    """The files that commits which put rows together by these columns have added, and those that others have."""
    together, loose = set[str](), set[str]()
    for version in range(last, first - 1, -1) if by else ():
        actions = read_commit(url, version) or []
        clusters = any(_clusters(action.get("commitInfo"), by) for action in actions)
        (together if clusters else loose).update(action["add"]["path"] for action in actions if "add" in action)
    return together, loose


def _clusters(info: Mapping[str, Any] | None, by: Sequence[str]) -> bool:
    if not info:
        return False
    told = told_by(info)
    parameters = info.get("operationParameters") or {}
    return told.get("clustered_by") == list(by) or json.loads(parameters.get("zOrderBy") or "[]") == list(by)
