"""A table as a run saw it: one version of it, with what its log says of that version."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.marks import Marks

if TYPE_CHECKING:
    from deltalake import DeltaTable


@dataclass(frozen=True)
class Snapshot:
    """One version of the table at `url`; without a `table`, that there was none.

    A commit moves `table` on to the present; `version` and `marks` stay those that were seen.
    """

    url: str
    table: DeltaTable | None = None
    version: int = -1  # -1 where there was no table

    @classmethod
    def of(cls, url: str, version: int | None = None) -> Snapshot:
        """The table as it is now, or at a version."""
        table = open_table(url, version)
        return cls(url, table, -1 if table is None else int(table.version()))

    @cached_property
    def marks(self) -> Marks:
        """What the log says of partitions and files."""
        return Marks.of(self.url, None if self.table is None else self.version)
