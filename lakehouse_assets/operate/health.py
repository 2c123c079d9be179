"""How a table lies: its files by size and partition, and when rows came and files were last put in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lakehouse_assets.maintaining.scoring import is_small, small_file_score
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets.publish.information import told_by

if TYPE_CHECKING:
    from deltalake import DeltaTable

LOOKED_BACK = 200  # commits
BY_OTHERS = ("OPTIMIZE", "VACUUM END", "VACUUM START")  # maintenance that was not ours


@dataclass(frozen=True)
class Health:
    """The files of a table's present version; times are UTC, None where no commit that was looked at tells.

    `rows` are those of each partition, and of the whole table as "". `score` is the small-file score of its worst
    partition, by what `policy` calls small.
    """

    rows: dict[str, int] = field(default_factory=dict)
    sizes: Sequence[int] = ()
    score: float = 0.0
    made_at: datetime | None = None
    maintained_at: datetime | None = None
    commits: int = 0
    policy: Maintenance = field(default_factory=Maintenance)

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(self.sizes)

    @property
    def small(self) -> int:
        """Files that compaction would join with others."""
        return sum(is_small(size, self.policy.file_bytes) for size in self.sizes)

    @property
    def crowded(self) -> bool:
        """Whether a partition should be compacted."""
        return self.score >= self.policy.small_file_score

    @property
    def by_magnitude(self) -> list[int]:
        """Files from 1 kB on, by powers of four."""
        counts = Counter(max(0, (max(size, 1).bit_length() - 11) // 2) for size in self.sizes)
        return [counts[i] for i in range(max(counts, default=0) + 1)]


def health_of(
    stored: DeltaTable | None, column: str | None, policy: Maintenance, look_back: int = LOOKED_BACK
) -> Health:
    """The health of a table with this partition column; of one that was never published, nothing.

    No row is read; of the log the latest `look_back` commits, and more only where all of them are maintenance.
    """
    import pyarrow as pa

    if stored is None:
        return Health(policy=policy)
    actions = pa.table(stored.get_add_actions(flatten=True))
    slot = f"partition.{column}" if column else None
    slots = [str(value) for value in actions[slot].to_pylist()] if slot else [""] * actions.num_rows
    sizes = actions["size_bytes"].to_pylist()
    rows: Counter[str] = Counter()
    by_slot: dict[str, list[int]] = {}
    for name, size, count in zip(slots, sizes, actions["num_records"].to_pylist(), strict=True):
        rows[name] += count or 0
        by_slot.setdefault(name, []).append(size)
    made, maintained = _times(stored, look_back)
    return Health(
        rows=dict(rows),
        sizes=sizes,
        score=max((small_file_score(files, policy.file_bytes) for files in by_slot.values()), default=0.0),
        made_at=made,
        maintained_at=maintained,
        commits=stored.version() + 1,
        policy=policy,
    )


def _times(stored: DeltaTable, look_back: int) -> tuple[datetime | None, datetime | None]:
    """When rows were last published, and when files were last put in order.

    Each partition that is put in order is a commit: a year of them must not hide when rows were published.
    """
    made = maintained = None
    for entry in stored.history(look_back):
        at = datetime.fromtimestamp(entry["timestamp"] / 1000, tz=UTC)
        told = told_by(entry)
        if "maintained" in told or entry.get("operation") in BY_OTHERS:
            maintained = maintained or at
        elif "delivered" in told:
            made = made or at
        if made and maintained:
            break
    more = made is None and stored.version() >= look_back
    return _times(stored, look_back * 10) if more else (made, maintained)
