"""`python -m gates.trend`: what was measured joins what the nights before measured, as lines and as a table.

The lines lie in build/reports/trend.jsonl, one a night: commit, day, figures. A workflow brings them over from the
last night; without any, the trend begins.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SHOWN = 14
BARS = "▁▂▃▄▅▆▇█"

Night = Mapping[str, Any]  # commit, at, figures: ratio by measure


def table(nights: Sequence[Night], shown: int = SHOWN) -> str:
    """The last nights as a table in Markdown: each measure's latest, least and greatest, and a line of bars."""
    recent = nights[-shown:]
    lines = [f"### Trend of {len(recent)} nights, the latest {recent[-1]['commit'][:8]}"]
    lines += ["| measure | latest | least | greatest | |", "|---|---|---|---|---|"]
    for measure in sorted(recent[-1]["figures"]):
        seen = [night["figures"][measure] for night in recent if measure in night["figures"]]
        lines.append(f"| {measure} | {seen[-1]:.2f} | {min(seen):.2f} | {max(seen):.2f} | {bars(seen)} |")
    return "\n".join(lines) + "\n"


def bars(values: Sequence[float]) -> str:
    """A bar for each value, from nothing to the greatest."""
    most = max(values)
    return "".join(BARS[round((len(BARS) - 1) * value / most)] if most else BARS[0] for value in values)


def main() -> int:
    """Append this night to the trend, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--figures", required=True, help="what was measured")
    parser.add_argument("--trend", default="build/reports/trend.jsonl")
    asked = parser.parse_args()
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    measured = json.loads(Path(asked.figures).read_text())
    figures = {f"{f['name']}: {f['what']}": f["figure"] for f in measured if f["unit"] == "times"}
    night = {"commit": commit, "at": datetime.now(UTC).isoformat(timespec="seconds"), "figures": figures}
    trend = Path(asked.trend)
    trend.parent.mkdir(parents=True, exist_ok=True)
    with trend.open("a") as lines:
        lines.write(json.dumps(night, ensure_ascii=False) + "\n")
    sys.stdout.write(table([json.loads(line) for line in trend.read_text().splitlines()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
