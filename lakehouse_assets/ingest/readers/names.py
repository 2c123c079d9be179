"""Delivered column names against the contract's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lakehouse_assets.ingest.readers.pieces import UnreadableFileError

SHOWN = 100  # names of a file, and doubled ones, that an error tells
COMPLETE = "ask the sender for the complete file, change the bronze contract, or name in optional= what a file may lack"


def twice(names: Sequence[str]) -> list[str]:
    """The names that stand there more than once, in order, the first hundred of them."""
    return sorted(name for name, count in Counter(names).items() if count > 1)[:SHOWN]


def check_names(names: Sequence[str], expected: Sequence[str], optional: Sequence[str]) -> None:
    """Raise UnreadableFileError where a name stands twice in the file, or a contract's column is not there.

    One that is `optional` may be lacking, and not be there in another case or with spaces around it.
    """
    if doubled := twice(names):
        raise UnreadableFileError(f"columns {doubled} stand twice in it")
    there = set(names)
    spelt = {name.strip().casefold() for name in there.difference(expected)}
    missing = [name for name in expected if name not in there and (name not in optional or name.casefold() in spelt)]
    if not missing:
        return
    shown = [name[:100] for name in names[:SHOWN]]
    hints = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    hints += [hint for name in missing if (hint := _closest(name, shown))]
    if any("\0" in name for name in names):
        hints.append("it looks like UTF-16 without a byte order mark: declare encoding=")
    raise UnreadableFileError("; ".join([f"columns {missing} are missing, it has {shown}", *hints]), remedy=COMPLETE)


def _closest(name: str, names: Sequence[str]) -> str | None:
    import difflib

    for other in names:
        if other != name and other.strip().casefold() == name.casefold():
            return f"{other!r} differs from {name!r} only in {'case' if other.strip() == other else 'spaces'}"
    close = difflib.get_close_matches(name, names, n=1)
    return f"{close[0]!r} is close to {name!r}" if close else None
