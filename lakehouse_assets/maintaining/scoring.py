"""How much a partition's files need maintenance, as plain arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Piece:
    """A file of a table: where, how large, and whether a curve has put its rows together."""

    path: str
    slot: str
    size_bytes: int
    clustered: bool = False
    with_statistics: bool = True


def is_small(size_bytes: int, file_bytes: int) -> bool:
    """Whether a file is worth joining with others; one of three quarters of the size stays."""
    return size_bytes < file_bytes * 3 // 4


def small_file_score(sizes: Iterable[int], file_bytes: int) -> float:
    """How many small files there are for each that they would be together; 0 where there is none."""
    small = [size for size in sizes if is_small(size, file_bytes)]
    return len(small) / max(1, ceil(sum(small) / file_bytes)) if small else 0.0


def unclustered_share(pieces: Iterable[Piece], file_bytes: int) -> float:
    """The share of bytes that came since rows were put together; 0 where all of it fits into one file."""
    files = list(pieces)
    total = sum(piece.size_bytes for piece in files)
    if total <= file_bytes:
        return 0.0
    return sum(piece.size_bytes for piece in files if not piece.clustered) / total


def by_slot(pieces: Iterable[Piece]) -> Mapping[str, list[Piece]]:
    """The files of each partition."""
    found: dict[str, list[Piece]] = {}
    for piece in pieces:
        found.setdefault(piece.slot, []).append(piece)
    return found
