"""Drift: how delivered columns differ from the agreed ones, told for each partition."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from lakehouse_assets.ingest.provenance import EXTRA
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.wording import some_of

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.ingest.sources import Source
    from lakehouse_assets.publish.commit import ActiveFile
    from lakehouse_assets.publish.staging import StagedFile

AGREED = "columns_as_agreed"
SHOWN = 5  # files named in one finding
NAMED = 100  # columns of a file


def differences(agreed: Sequence[str], delivered: Sequence[str], source: Source) -> list[str]:
    """How the columns of a file differ, `+` what is new and `-` what is missing; empty where they do not.

    Of very many the first hundred are told. What a file of the source may lack is not missing. Names that a JSON record
    may leave out have no order.
    """
    beyond = [name for name in delivered if name not in agreed]
    new = [f"+ {name} (kept in {EXTRA})" for name in beyond[:NAMED]]
    if len(beyond) > NAMED:
        new.append("and more")
    missing = [f"- {name}" for name in agreed if name not in delivered and name not in source.optional]
    common = [name for name in delivered if name in agreed]
    moved = source.format != "jsonl" and common != [name for name in agreed if name in delivered]
    return [*new, *missing, *([f"the order is {some_of(delivered, NAMED)}"] if moved else [])]


def drift(
    files: Iterable[tuple[Delivery, Sequence[str]]],
    agreed: Sequence[str],
    source: Source,
    extra: Mapping[str, int],
    slots: Iterable[str],
) -> tuple[Finding, ...]:
    """A finding for each partition; it warns, and names what differs in which of the `files` just read.

    `extra` counts the rows of a partition, whenever they were loaded, that hold more than was agreed. A file
    without a record has no columns to compare.
    """
    by_slot: dict[str, dict[str, list[str]]] = {slot: {} for slot in slots}
    for delivery, names in files:
        if names:
            by_slot[delivery.slot][delivery.name] = differences(agreed, names, source)
    return tuple(_finding(slot, told, extra.get(slot, 0)) for slot, told in by_slot.items())


def extra_rows(staged: Iterable[StagedFile], active: Iterable[ActiveFile], stored: DeltaTable | None) -> dict[str, int]:
    """How many rows hold more than was agreed, by partition: of staged files, and of active ones of `stored`.

    Statistics tell; no row is read.
    """
    counted: Counter[str] = Counter()
    for file in staged:
        if not file.rejected:
            nulls = json.loads(file.stats).get("nullCount", {}).get(EXTRA)
            counted[file.slot] += 0 if nulls is None else file.rows - nulls
    nulls_of = _stored_nulls(stored)
    for active_file in active:
        counted[active_file.slot] += active_file.rows - nulls_of.get(active_file.path, active_file.rows)
    return dict(counted)


def _stored_nulls(stored: DeltaTable | None) -> dict[str, int]:
    import pyarrow as pa

    actions = [] if stored is None else pa.table(stored.get_add_actions(flatten=True)).to_pylist()
    nulls = {action["path"]: action.get(f"null_count.{EXTRA}") for action in actions}
    return {path: count for path, count in nulls.items() if count is not None}


def _finding(slot: str, told: dict[str, list[str]], extra: int) -> Finding:
    differing = {name: said for name, said in told.items() if said}
    lines = [f"{name}: {', '.join(said)}" for name, said in list(differing.items())[:SHOWN]]
    if len(differing) > SHOWN:
        lines.append(f"and {len(differing) - SHOWN} more files")
    if extra and not differing:
        lines.append(f"{extra:,} rows that were loaded before hold columns beyond the contract, in {EXTRA}")
    figures = {"files_read": len(told), "files_that_differ": len(differing), "rows_with_more": extra}
    return Finding(AGREED, slot, not lines, "; ".join(lines), figures)
