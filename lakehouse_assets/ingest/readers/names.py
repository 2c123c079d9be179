"""Delivered column names against the contract's."""

from __future__ import annotations

from collections.abc import Sequence

from lakehouse_assets.ingest.readers.pieces import UnreadableFileError

COMPLETE = "ask the sender for the complete file, or change the bronze contract"


def check_names(names: Sequence[str], expected: Sequence[str]) -> None:
    """Raise UnreadableFileError where a name stands twice in the file, or a contract's column is not there."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnreadableFileError(f"columns {twice} stand twice in it")
    missing = [name for name in expected if name not in names]
    if not missing:
        return
    hints = [hint for name in missing if (hint := _closest(name, names))]
    if any("\0" in name for name in names):
        hints.append("it looks like UTF-16 without a byte order mark: declare encoding=")
    raise UnreadableFileError(
        "; ".join([f"columns {missing} are missing, it has {list(names)}", *hints]), remedy=COMPLETE
    )


def _closest(name: str, names: Sequence[str]) -> str | None:
    import difflib

    for other in names:
        if other != name and other.strip().casefold() == name.casefold():
            return f"{other!r} differs from {name!r} only in {'case' if other.strip() == other else 'spaces'}"
    close = difflib.get_close_matches(name, names, n=1)
    return f"{close[0]!r} is close to {name!r}" if close else None
