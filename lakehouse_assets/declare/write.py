"""How a table is written: what its rows are of all that was delivered. Declarations only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# The columns that history makes, beside the one that says from when a version is valid.
MADE_BY_HISTORY = VALID_TO, IS_CURRENT = "valid_to", "is_current"


@dataclass(frozen=True)
class Replace:
    """A run replaces the range it is for by the function's rows. The default."""


@dataclass(frozen=True)
class Merge:
    """Of each key the latest row; see `merge`."""

    by: tuple[str, ...]
    latest: tuple[str, ...]
    deletes: str | None


@dataclass(frozen=True)
class History:
    """Of each key every version; see `history`."""

    by: tuple[str, ...]
    valid_from: str
    complete: bool


@dataclass(frozen=True)
class AppendOnce:
    """Rows are added and never replaced; see `append_once`."""


Write = Replace | Merge | History | AppendOnce


def merge(*, latest: Sequence[str], by: Sequence[str] = (), deletes: str | None = None) -> Merge:
    """The table holds one row for each key: the latest of all deliveries, unless that is a deletion.

    `by` is the key, by default the contract's `unique`. `latest` names the columns that order the rows of a
    key, the most significant first; the greatest value is the latest, ties go to the last source file and
    row. `deletes` names a boolean column of the function's frame that is true for a deletion.
    """
    return Merge(tuple(by), tuple(latest), deletes)


def history(*, by: Sequence[str] = (), valid_from: str = "valid_from", complete: bool = False) -> History:
    """The table holds a row for each version of each key: `valid_from`, `valid_to` (exclusive), `is_current`.

    The function gives observations: a row for each key and delivery, the time of the delivery in
    `valid_from`. `by` is the key, by default the contract's `unique` without `valid_from`. `complete` says
    that each time is a full list: a key that a later one leaves out ended then, and may come back.
    """
    return History(tuple(by), valid_from, complete)


def append_once() -> AppendOnce:
    """A partition is written once, by the first run that is for it; a later run adds nothing to it."""
    return AppendOnce()
