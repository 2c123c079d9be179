"""The page `docs/support-matrix.md`, as a run of the suite writes it."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lakehouse_assets_tests.parity.homes import HOMES, JOBS, JOBS_IN_STORES, REFERENCE

PAGE = Path(__file__).parents[2] / "docs" / "support-matrix.md"
PACKAGES = ("pysail", "pyspark", "delta-spark", "deltalake", "pyarrow", "dagster")


@dataclass(frozen=True)
class Seen:
    """What was seen in a home, and what came of it."""

    what: str
    home: str
    outcome: str


def page(seen: Counter[Seen]) -> str:
    """The page for what a run has seen."""
    whats = list(dict.fromkeys(each.what for each in seen))
    homes = [str(home) for home in (*HOMES, JOBS, *JOBS_IN_STORES)]
    lines = [f"| {what} | {' | '.join(_cell(seen, what, home) for home in homes)} |" for what in whats]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return f"""# Support matrix

<!-- Written by `make test-cluster` from what its parity suite has seen (lakehouse_assets_tests/parity). -->

The same tables in several homes, an engine and a store each. What a home makes is compared with `{REFERENCE}`: every
row with its provenance, the quarantine with its reasons, the count of each rule in each partition, every check of
partitions as a whole, the stored columns with their types. A number counts comparisons that held.

| what | {" | ".join(f"`{home}`" for home in homes)} |
|---|{"---|" * len(homes)}
{chr(10).join(lines)}

Run on Linux with {versions}.
`cluster` is a standalone Spark cluster of two workers on one machine, over Spark Connect, with Delta Lake 4.4.0; its
master, workers and server are processes of their own. `s3` is SeaweedFS, `adls` is Azurite, both over loopback. `jobs`
are runs of the wheel's entry point, asked for by Dagster Pipes from a workspace that speaks Databricks' REST calls on
this machine; what that does not show is in [docs/databricks.md](databricks.md).

## What this does not prove
- A cluster of several machines: here all see one disk and one clock. Workers must reach landing zone and lake by the
  URLs that the client uses, with credentials of their own.
- ADLS from the cluster: Hadoop's client wants an endpoint that Azurite does not have.
- The spelling of a double in the text of a quarantined row: `1e20` and `1.0E20` are one number, and replay as one.
- Equal bytes: each engine writes Parquet files of its own number and size. Rows are compared, not files.
- Functions of which the engines have two opinions, in tables of your own: see [engines](engines.md).
"""


def write(seen: Counter[Seen], *, whole: bool) -> None:
    """Write the page, if a whole run of the suite was green."""
    if whole and seen and all(each.outcome == "passed" for each in seen):
        PAGE.write_text(page(seen))


def _cell(seen: Counter[Seen], what: str, home: str) -> str:
    counted = sum(count for each, count in seen.items() if (each.what, each.home) == (what, home))
    return str(counted) if counted else "reference" if home == str(REFERENCE) else "not run"
