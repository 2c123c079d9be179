"""`python -m benchmarks.figures`: write the README's table of figures anew from what was measured last.

`make bench FIGURES=benchmarks/figures.json` keeps what it measures; a test compares the README with that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
README, KEPT = REPOSITORY / "README.md", REPOSITORY / "benchmarks/figures.json"
BEGIN, END = "<!-- figures, by `make figures` -->\n", "<!-- end of figures -->\n"
# What each measure is about, for somebody who has not read the benchmark; one that is not here has no row.
ABOUT = {
    "year": "a year, raw to gold, all rules on, without Dagster's records, against hand-written Polars + delta-rs "
    "without rules",
    "publish": "publishing with 37 rules, quarantine and sums that reconcile, against a plain Delta write of the same "
    "frame",
    "reload": "loading a year of 366 files again, of which none is new, against loading them",
    "changed file": "loading one changed file in the loaded year against that day alone into an empty table",
    "replay": "replaying 2,434 rows in a table of a year against the same in a table of a day",
    "modes": "a merge of 100 deliveries made anew and judged, against patching the last one in by delta-rs, unjudged",
    "bookkeeping": "Dagster's records of a year of daily tables, 20,496 check results included",
    "arrivals": "a sensor's look at 100,000 files that are known, against a plain listing of them",
    "click": "one day by a click in the UI against an empty asset's run",
    "import": "importing the definitions against `import dagster`",
}

Figure = Mapping[str, Any]


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table in Markdown, in the order of ABOUT; of two measures of a name the first."""
    by_name = {figure["name"]: figure for figure in reversed(figures)}
    lines = ["| measure | figure | limit | |", "|---|---|---|---|"]
    lines += [_row(about, by_name[name]) for name, about in ABOUT.items() if name in by_name]
    return "\n".join(lines) + "\n"


def _row(about: str, figure: Figure) -> str:
    ratio, limit = figure["unit"] == "times", figure["limit"]
    told = f"{figure['figure']:.2g} times ({figure['ours']} to {_seconds(figure['peer'])})" if ratio else figure["ours"]
    verdict = "met" if figure["figure"] <= limit else "missed"
    return f"| {about} | {told} | {limit:g}{'' if ratio else ' s'} | {verdict} |"


def _seconds(peer: str) -> str:
    """What the peer took, without who it is."""
    found = re.search(r"[\d.,]+ m?s\b", peer)
    return found[0] if found else peer


def written(readme: str, figures: Sequence[Figure]) -> str:
    """The README with its table made from these figures."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table(figures)}{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(), json.loads(KEPT.read_text())))
