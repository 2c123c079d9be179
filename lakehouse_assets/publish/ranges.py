"""The partitions that one run is for. Everything that reads or replaces rows names them one by one."""

from __future__ import annotations

from dataclasses import dataclass

from lakehouse_assets.errors import OutsideRangeError
from lakehouse_assets.publish.verdict import NOWHERE, REJECTED

RESERVED = {REJECTED: "rejected rows", NOWHERE: "rows without a partition"}


@dataclass(frozen=True)
class Range:
    """Some partitions of a table, or the whole of an unpartitioned one.

    A range never means "everything" by accident: of a partitioned table it lists its keys, and an empty
    list is refused here, before any predicate is made of it.
    """

    column: str | None
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.column is not None and not self.keys:
            raise OutsideRangeError(
                f"a run on partitions of {self.column!r} named none of them",
                remedy="choose at least one partition; a run never widens to the whole table",
            )
        for name, whose in RESERVED.items():
            if name in self.keys:
                raise OutsideRangeError(
                    f"no partition can be called {name!r}: {whose} are staged there",
                    remedy="give the rows another value in the partition column",
                )
        if self.column is None and self.keys:
            raise OutsideRangeError(
                "an unpartitioned table has no partition keys to choose", remedy="name no partition: it is made whole"
            )

    @classmethod
    def whole(cls) -> Range:
        """All of an unpartitioned table."""
        return cls(None)

    @property
    def slots(self) -> tuple[str, ...]:
        """One name for each unit that is replaced as one: the keys, or `""` for an unpartitioned table."""
        return self.keys if self.column else ("",)

    @property
    def filters(self) -> list[tuple[str, str, list[str]]] | None:
        """The range as a Delta partition filter: exactly these keys."""
        return [(self.column, "in", list(self.keys))] if self.column else None

    def __str__(self) -> str:
        if not self.column:
            return "whole table"
        if len(self.keys) == 1:
            return self.keys[0]
        return f"{self.keys[0]}..{self.keys[-1]} ({len(self.keys)} partitions)"
