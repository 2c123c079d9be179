"""How a table lies: its files by size and partition, and when rows came and files were last put in order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING

from lakehouse_assets.publish.commit import COMMIT_KEY

if TYPE_CHECKING:
    from deltalake import DeltaTable

FILE_BYTES = 128_000_000  # what compaction aims at
SMALL = 3 / 4  # of that; a larger file stays
CROWDED = 8.0  # small files for each that they would be together, from which a partition should be compacted
LOOKED_BACK = 200  # commits
MAINTENANCE = ("OPTIMIZE", "VACUUM END", "VACUUM START")


@dataclass(frozen=True)
class Health:
    """The files of a table's present version; times are UTC, None where no commit that was looked at tells.

    `rows` are those of each partition, and of the whole table as "". `score` is that of its worst partition: how
    many small files it has for each that these would be together.
    """

    rows: dict[str, int] = field(default_factory=dict)
    sizes: Sequence[int] = ()
    score: float = 0.0
    made_at: datetime | None = None
    maintained_at: datetime | None = None
    commits: int = 0

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(self.sizes)

    @property
    def small(self) -> int:
        """Files that compaction would join with others."""
        return sum(size < FILE_BYTES * SMALL for size in self.sizes)

    @property
    def crowded(self) -> bool:
        """Whether a partition should be compacted."""
        return self.score >= CROWDED

    @property
    def by_magnitude(self) -> list[int]:
        """Files from 1 kB on, by powers of four."""
        counts = Counter(max(0, (max(size, 1).bit_length() - 11) // 2) for size in self.sizes)
        return [counts[i] for i in range(max(counts, default=0) + 1)]


def health_of(stored: DeltaTable | None, column: str | None, look_back: int = LOOKED_BACK) -> Health:
    """The health of a table with this partition column; of one that was never published, nothing.

    No row is read; of the log the latest `look_back` commits.
    """
    import pyarrow as pa

    if stored is None:
        return Health()
    actions = pa.table(stored.get_add_actions(flatten=True))
    slot = f"partition.{column}" if column else None
    slots = [str(value) for value in actions[slot].to_pylist()] if slot else [""] * actions.num_rows
    sizes = actions["size_bytes"].to_pylist()
    rows: Counter[str] = Counter()
    small: dict[str, list[int]] = {}
    for name, size, count in zip(slots, sizes, actions["num_records"].to_pylist(), strict=True):
        rows[name] += count or 0
        if size < FILE_BYTES * SMALL:
            small.setdefault(name, []).append(size)
    made, maintained = _times(stored, look_back)
    return Health(
        rows=dict(rows),
        sizes=sizes,
        score=max((len(files) / max(1, ceil(sum(files) / FILE_BYTES)) for files in small.values()), default=0.0),
        made_at=made,
        maintained_at=maintained,
        commits=stored.version() + 1,
    )


def _times(stored: DeltaTable, look_back: int) -> tuple[datetime | None, datetime | None]:
    """When rows were last published, and when files were last put in order."""
    made = maintained = None
    for entry in stored.history(look_back):
        at = datetime.fromtimestamp(entry["timestamp"] / 1000, tz=UTC)
        told = json.loads(entry.get(COMMIT_KEY) or "{}")
        if entry.get("operation") in MAINTENANCE:
            maintained = maintained or at
        elif "delivered" in told:
            made = made or at
        if made and maintained:
            break
    return made, maintained
