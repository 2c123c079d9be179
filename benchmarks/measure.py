"""How everything here is measured: fresh processes, in turns, the best of several, told as a ratio."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

TOLD = "measured: "
REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True)
class Result:
    """One measure: a figure, the most it may be (infinite where it is only to be known), and what it is made of."""

    name: str
    what: str
    figure: float
    limit: float
    unit: str  # "times" or "seconds"
    ours: str
    peer: str
    parts: Sequence[tuple[str, ...]] = field(default=())  # a header, then rows

    @property
    def met(self) -> bool:
        """Whether the figure is within its limit."""
        return self.figure <= self.limit

    @property
    def verdict(self) -> str:
        """In words, with the distance where the limit is missed."""
        if math.isinf(self.limit):
            return "to be known"
        return "met" if self.met else f"MISSED by {self.figure / self.limit - 1:.0%}"


@dataclass(frozen=True)
class Bench:
    """What every measure is given: deliveries, a folder of its own, days of the year, how many turns, which sizes."""

    landing: str
    folder: Path
    days: int
    turns: int
    times: Sequence[int]  # as many lines, where engines are compared


def python(*arguments: str, environment: Mapping[str, str] | None = None) -> tuple[float, str]:
    """Run a fresh Python over the repository; returns its seconds and what it printed.

    Bytecode is used and written, as in every installation of ours.
    """
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "SPARK_REMOTE")}
    variables |= {"RUST_LOG": "error", "PYTHONWARNINGS": "ignore", **(environment or {})}
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return seconds, done.stdout


def module(name: str, *arguments: object, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a module of ours in a fresh process; returns what it tells."""
    _, printed = python("-m", f"benchmarks.{name}", *map(str, arguments), environment=environment)
    # Its own children print to the same place.
    return json.loads(next(line for line in printed.splitlines() if line.startswith(TOLD)).removeprefix(TOLD))


def tell(what: Mapping[str, Any]) -> None:
    """Tell the process that runs this module through `module` what was measured."""
    sys.stdout.write(f"\n{TOLD}{json.dumps(what)}\n")


def in_turns(turns: int, *sides: Callable[[], T]) -> list[list[T]]:
    """What each side returns in each turn. Who goes first alternates, so that a slow minute hits both."""
    returned: list[list[T]] = [[] for _ in sides]
    for turn in range(turns):
        order = range(len(sides)) if turn % 2 == 0 else reversed(range(len(sides)))
        for i in order:
            returned[i].append(sides[i]())
    return returned
