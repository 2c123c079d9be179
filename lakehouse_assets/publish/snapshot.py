"""A table as a run saw it: one version of it, with what its log says of that version."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.transactions import newest_commit

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from lakehouse_assets.storage import File

MISSING = -1  # the version of a table that was never published


@dataclass(frozen=True)
class Snapshot:
    """One version of the table at `url`, `MISSING` where there was none.

    Version and marks are read from the log's names and its last commits alone; the table, with every file that
    it names, is opened when it is first asked for. A commit moves `table` on to the present; `version` and
    `marks` stay those that were seen.
    """

    url: str
    version: int = MISSING
    newest: File | None = field(default=None, repr=False, compare=False)  # of its log, where it was looked for
    _ahead: list[Future[DeltaTable | None]] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def of(cls, url: str, version: int | None = None) -> Snapshot:
        """The table as it is now, or at a version."""
        return cls(url, version) if version is not None else cls(url, *newest_commit(url))

    @property
    def exists(self) -> bool:
        """Whether there was a table."""
        return self.version != MISSING

    @cached_property
    def marks(self) -> Marks:
        """What the log says of partitions and files."""
        return Marks.of(self.url, self.version if self.exists else None)

    @cached_property
    def table(self) -> DeltaTable | None:
        """The table at this version; None where there was none."""
        return self._ahead[0].result() if self._ahead else self._open()

    def open_ahead(self) -> None:
        """Begin to open the table beside what the caller does next, which will want it."""
        if self.exists and not self._ahead:
            pool = ThreadPoolExecutor(max_workers=1)
            self._ahead.append(pool.submit(self._open))
            pool.shutdown(wait=False)

    def _open(self) -> DeltaTable | None:
        return open_table(self.url, self.version) if self.exists else None
