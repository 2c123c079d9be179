"""`python -m gates.performance`: whether what was measured is still within a band of the last release.

Of a release, `--before NAME` compares with the one before it: its own figures are no measure of it. Only ratios are
compared: each was measured side by side with a peer in one run, so that a slower machine is none.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BAND = 1.25  # so many times worse than at the last release a figure may be: two runs of one code differ by a fifth
FIGURES = "benchmarks/figures.json"

Figures = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Line:
    """A measure then and now, and whether it got worse than the band permits."""

    measure: str
    before: float | None
    now: float
    worse: bool

    def __str__(self) -> str:
        """As a row of a table in Markdown."""
        if self.before is None:
            return f"| {self.measure} | - | {self.now:.2f} | new |"
        verdict = "**worse than the band**" if self.worse else "within"
        return f"| {self.measure} | {self.before:.2f} | {self.now:.2f} | {verdict} |"


def compare(before: Figures, now: Figures, band: float = BAND) -> list[Line]:
    """Every ratio of `now` against the same of `before`; seconds are no ratios and are left out."""
    known = {_name(figure): float(figure["figure"]) for figure in before if figure["unit"] == "times"}
    lines = []
    for figure in now:
        if figure["unit"] == "times":
            then, is_now = known.get(_name(figure)), float(figure["figure"])
            lines.append(Line(_name(figure), then, is_now, then is not None and is_now > then * band))
    return lines


def _name(figure: Mapping[str, Any]) -> str:
    return f"{figure['name']}: {figure['what']}"


def last_release(before: str | None = None) -> str | None:
    """The tag of the newest release up to this commit, or before that of a release; None where there was none.

    Where that cannot be known, for the release or its history is not here, it is an error: none would be good news.
    """
    if before and not _git("rev-parse", "--verify", "--quiet", f"{before}^{{commit}}"):
        raise LookupError(f"{before} is not in this repository")
    found = _git("describe", "--tags", "--abbrev=0", "--match", "v*", f"{before}^" if before else "HEAD")
    if not found and _git("rev-parse", "--is-shallow-repository") == "true":
        raise LookupError("this clone is shallow: the releases before it are not here")
    return found or None


def _git(*arguments: str) -> str:
    """What git prints; nothing where it fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def main() -> int:
    """Print the comparison; exit with 1 where a figure is worse than the band."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", help="compare with the release before this one; with the newest without")
    parser.add_argument("--figures", default=FIGURES, help="what was measured now")
    asked = parser.parse_args()
    base = last_release(before=asked.before)
    if base is None:
        sys.stdout.write("There is no release to compare with yet.\n")
        return 0
    shown = subprocess.run(["git", "show", f"{base}:{FIGURES}"], capture_output=True, text=True, check=False)
    if shown.returncode:
        sys.stderr.write(f"{base} has no {FIGURES}: nothing can be compared with it\n")
        return 1
    lines = compare(json.loads(shown.stdout), json.loads(Path(asked.figures).read_text()))
    sys.stdout.write(f"### Performance against {base}, at most {BAND:g} times worse\n")
    sys.stdout.write("| measure | then | now | |\n|---|---|---|---|\n" + "".join(f"{line}\n" for line in lines))
    return 1 if any(line.worse for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
