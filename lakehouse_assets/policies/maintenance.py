"""How a table is kept fast and small: what holds by layer, and what one table may say otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from lakehouse_assets.errors import DeclarationError


@dataclass(frozen=True)
class Maintenance:
    """What is to be kept up of a table, and when it is due. Units stand in the names.

    `small_file_score`: how many files of a partition, for each that there would be, make its compaction due.
    `file_mb`: how large compaction makes files. `cluster_by`: columns by whose values rows are put together,
    so that queries for few of these values skip files; due where `cluster_share` of a partition's bytes came since.
    `keep_days`: how long files stay that no version needs any more, so that older versions can be read and
    restored; `feed_days`: the same where the table has a change data feed. No reader takes longer than
    `longest_read_hours` and no run longer than `longest_run_hours`; nothing is deleted that they may still need.
    `checkpoint_commits`: after how many commits the log gets a checkpoint; `log_days`: how long it is kept.
    `statistics`: the columns whose bounds are kept for skipping files, None for all that have exact ones.
    `look_after_versions`: after how many new versions a table is looked at, whatever its score was.
    """

    small_file_score: float = 8.0
    file_mb: int = 128
    cluster_by: tuple[str, ...] = ()
    cluster_share: float = 0.2
    keep_days: int = 7
    feed_days: int = 30
    longest_read_hours: int = 24
    longest_run_hours: int = 24
    checkpoint_commits: int = 50
    log_days: int = 30
    statistics: tuple[str, ...] | None = None
    look_after_versions: int = 20

    def __post_init__(self) -> None:
        if self.small_file_score < LEAST_SCORE:
            raise DeclarationError(
                f"a small-file score of {self.small_file_score:g} could stay due after a compaction",
                remedy=f"choose {LEAST_SCORE:g} or more",
            )
        if self.keep < max(timedelta(hours=self.longest_read_hours), timedelta(hours=self.longest_run_hours)):
            raise DeclarationError(
                f"files that are kept for {self.keep_days} days could be deleted under a reader or a run",
                remedy="raise keep_days, or lower longest_read_hours and longest_run_hours",
            )
        if min(self.file_mb, self.checkpoint_commits, self.log_days, self.look_after_versions) < 1:
            raise DeclarationError("maintenance is declared with a number below 1", remedy="choose 1 or more")

    @property
    def keep(self) -> timedelta:
        """How long files stay that no version needs."""
        return timedelta(days=self.keep_days)

    @property
    def longest_run(self) -> timedelta:
        """How old staged files of a run that still goes on can be."""
        return timedelta(hours=self.longest_run_hours)

    @property
    def file_bytes(self) -> int:
        """How large compaction makes files."""
        return self.file_mb * 1_000_000

    @property
    def of_quarantine(self) -> Maintenance:
        """What holds for the table's quarantine: of many small publications, and nobody looks rows up in it."""
        return replace(self, cluster_by=(), statistics=None, small_file_score=DEFAULTS["silver"].small_file_score)


LEAST_SCORE = 3.0  # compaction leaves bins that are half full at worst: fewer than two files for each

# A delivered file is a file of its own in bronze, and is replaced as one: it is joined with others late. What bronze
# holds cannot be computed again, so its older versions are kept longer.
DEFAULTS = {
    "bronze": Maintenance(small_file_score=32.0, keep_days=30, log_days=60),
    "silver": Maintenance(small_file_score=8.0),
    "gold": Maintenance(small_file_score=4.0),
}
