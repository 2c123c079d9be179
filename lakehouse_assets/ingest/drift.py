"""Drift: how delivered columns differ from the agreed ones, told for each partition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lakehouse_assets.publish.findings import Finding

if TYPE_CHECKING:
    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.sources import Format

AGREED = "columns_as_agreed"
SHOWN = 5  # files named in one finding


def differences(agreed: Sequence[str], delivered: Sequence[str], format_: Format) -> list[str]:
    """How the columns of a file differ, `+` what is new and `-` what is missing; empty where they do not.

    Names that a JSON record may leave out have no order.
    """
    new = [f"+ {name} (kept in _source_extra)" for name in delivered if name not in agreed]
    missing = [f"- {name}" for name in agreed if name not in delivered]
    common = [name for name in delivered if name in agreed]
    moved = format_ != "jsonl" and common != [name for name in agreed if name in delivered]
    return [*new, *missing, *([f"the order is {', '.join(delivered)}"] if moved else [])]


def drift(
    files: Iterable[tuple[Delivery, Sequence[str]]], agreed: Sequence[str], format_: Format
) -> tuple[Finding, ...]:
    """A finding for each partition of which files were read; it warns, and names what differs in which file.

    A file without a record has no columns to compare.
    """
    by_slot: dict[str, dict[str, list[str]]] = {}
    for delivery, names in files:
        if names:
            by_slot.setdefault(delivery.slot, {})[delivery.name] = differences(agreed, names, format_)
    return tuple(_finding(slot, told) for slot, told in by_slot.items())


def _finding(slot: str, told: dict[str, list[str]]) -> Finding:
    differing = {name: said for name, said in told.items() if said}
    lines = [f"{name}: {', '.join(said)}" for name, said in list(differing.items())[:SHOWN]]
    if len(differing) > SHOWN:
        lines.append(f"and {len(differing) - SHOWN} more files")
    figures = {"files": len(told), "files_that_differ": len(differing)}
    return Finding(AGREED, slot, not differing, "; ".join(lines), figures)
