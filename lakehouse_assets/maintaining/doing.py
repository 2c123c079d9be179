"""Doing what is due at one place, one partition at a time. A writer that is met goes first, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from lakehouse_assets.errors import ConflictError
from lakehouse_assets.maintaining.figures import read_figures
from lakehouse_assets.maintaining.log import checkpoint, clean_log, set_properties
from lakehouse_assets.maintaining.planning import KINDS, Task
from lakehouse_assets.maintaining.statistics import add_statistics
from lakehouse_assets.maintaining.upkeep import Upkeep, numbers_of
from lakehouse_assets.maintaining.vacuum import delete


class Counts(Protocol):
    """How many files became how many."""

    @property
    def files_removed(self) -> int:
        """Files whose rows lie elsewhere now."""

    @property
    def files_added(self) -> int:
        """Files that hold them."""


class Rewriter(Protocol):
    """What can write a partition's rows into other files: an engine's maintenance."""

    def compact(self, url: str, *, slot: str | None, cluster_by: Sequence[str], file_bytes: int) -> Counts:
        """Join a partition's small files; with `cluster_by` all of them, sorted along a curve."""


@dataclass(frozen=True)
class Step:
    """One task that was done, of one partition where it is about partitions. `yielded` to a writer: nothing changed."""

    kind: str
    slot: str = ""
    said: str = ""
    seconds: float = 0.0
    yielded: bool = False


@dataclass(frozen=True)
class Done:
    """What became of a place: its figures before and after, and every step."""

    id: str
    before: dict[str, float]
    after: dict[str, float]
    steps: tuple[Step, ...]
    version: int

    @property
    def yielded(self) -> int:
        """How many steps left the field to a writer."""
        return sum(step.yielded for step in self.steps)


def perform(due: Upkeep, engine: Callable[[], Rewriter], say: Callable[[Step], None] = lambda _: None) -> Done:
    """Do the tasks of a place. `engine` is asked for only where files are rewritten; `say` hears of every step."""
    steps = []
    for task in sorted(due.tasks, key=lambda t: KINDS.index(t.kind)):
        for step in _steps(task, due, engine):
            steps.append(step)
            say(step)
    after = read_figures(due.url, due.policy) or due.figures
    return Done(due.id, due.numbers, numbers_of(after, due.policy), tuple(steps), after.version)


def _steps(task: Task, due: Upkeep, engine: Callable[[], Rewriter]) -> Iterator[Step]:
    for slot in task.slots or ("",):
        started = time.perf_counter()
        try:
            said, yielded = _do(task, slot, due, engine), False
        except ConflictError as error:
            said, yielded = error.what, True
        yield Step(task.kind, slot, said, time.perf_counter() - started, yielded)


def _do(task: Task, slot: str, due: Upkeep, engine: Callable[[], Rewriter]) -> str:
    match task.kind:
        case "properties":
            set_properties(due.url, due.properties)
            return task.why
        case "statistics":
            bare = {piece.path for piece in due.figures.pieces if not piece.with_statistics}
            return f"{add_statistics(due.url, bare):,} of {len(bare):,} files have statistics now"
        case "compact" | "cluster":
            by = due.policy.cluster_by if task.kind == "cluster" else ()
            done = engine().compact(due.url, slot=slot, cluster_by=by, file_bytes=due.policy.file_bytes)
            return f"{done.files_removed:,} files are {done.files_added:,} now"
        case "checkpoint":
            checkpoint(due.url)
        case "clean log":
            clean_log(due.url)
        case "vacuum":
            files = delete(due.deletable, {}) if due.deletable else 0
            return f"{files:,} files deleted"
    return task.why
