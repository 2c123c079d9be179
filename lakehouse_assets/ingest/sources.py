"""Sources: which folder of the landing zone holds a table's deliveries, and in which format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "jsonl", "parquet"]


@dataclass(frozen=True)
class Source:
    """Deliveries at `<landing>/<folder>/<partition>/<files>`, or `<landing>/<folder>/<files>`."""

    folder: str
    format: Format


def csv(folder: str) -> Source:
    """Comma-separated text, UTF-8, with a header line; every column arrives as text."""
    return Source(folder, "csv")


def json_lines(folder: str) -> Source:
    """One JSON object a line, UTF-8; every value arrives as text, nested ones as JSON."""
    return Source(folder, "jsonl")


def parquet(folder: str) -> Source:
    """Parquet; columns arrive in the types they were delivered in."""
    return Source(folder, "parquet")
