"""Publishing what was judged: quarantine first, then the one commit that readers see."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import LakehouseError, RefusedError, SchemaDriftError, StorageError
from lakehouse_assets.publish import cleanup, quarantine
from lakehouse_assets.publish.commit import Change, commit
from lakehouse_assets.publish.effort import Effort, peak_memory_bytes
from lakehouse_assets.publish.evolution import plan
from lakehouse_assets.publish.findings import Finding
from lakehouse_assets.publish.judgement import Judgement, require_conserved
from lakehouse_assets.publish.marks import MADE, QUARANTINED, Marks, new_publication

if TYPE_CHECKING:
    from lakehouse_assets.publish.judge import Judged
    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.target import Origin

STORED = "columns_as_stored"  # the check that says whether a table's columns are, or may become, the declared ones


@dataclass(frozen=True)
class Publication:
    """One new version of a table."""

    url: str
    range: Range
    version: int
    judgement: Judgement
    size_bytes: int
    files: int
    effort: Effort
    columns_changed: tuple[str, ...] = ()


def publish(judged: Judged, origin: Origin) -> Publication:
    """Make a judged run the table's next version, replacing exactly its range.

    Raises RefusedError where too many rows were rejected, SchemaDriftError where the stored columns are
    others, ConflictError where another writer changed the range since the run looked; table and quarantine
    are then as they were, and nothing stays staged. Rejected rows are in the quarantine before the
    accepted ones are visible, and belong to the partition by the same commit. A crash leaves the last
    version with its quarantined rows, or the new one with its own; the run repeated completes it.
    """
    target = judged.target
    try:
        _require_known_columns(judged)
    except SchemaDriftError:
        judged.staging.discard()
        raise
    if judged.refusals:
        judged.staging.discard()
        raise RefusedError(
            "; ".join(judged.refusals[:5]),
            where=target.id,
            remedy="look at the failed checks; repair the delivery or the contract, and run it again",
        )
    publication = new_publication()
    started = time.perf_counter()
    accepted = tuple(file for file in judged.staging.files if not file.rejected)
    try:
        before = judged.seen.marks
        quarantined = quarantine.add(judged, origin, publication)
        require_conserved(judged.judgement, sum(f.rows for f in accepted) + judged.kept.rows, quarantined)
        between = time.perf_counter()
        done = commit(target.url, _change(judged, origin, publication, before), judged.seen.table)
    except LakehouseError as error:
        # Nothing of ours was committed. Of any other failure that cannot be known: what was staged stays for VACUUM.
        if not isinstance(error, StorageError):
            cleanup.discard(target, publication)
            judged.staging.discard()
        raise
    committed = time.perf_counter()
    cleanup.withdraw(target, judged.range, publication, before, judged.judgement.total.delivered)
    return Publication(
        url=target.url,
        range=judged.range,
        version=done.version,
        columns_changed=done.columns_changed,
        judgement=judged.judgement,
        size_bytes=sum(file.size_bytes for file in accepted),
        files=len(accepted),
        effort=replace(
            judged.effort,
            quarantine=between - started + time.perf_counter() - committed,
            commit=committed - between,
            bytes_written=sum(file.size_bytes for file in judged.staging.files),
            peak_memory_bytes=peak_memory_bytes(),
        ),
    )


def _change(judged: Judged, origin: Origin, publication: int, before: Marks) -> Change:
    slots = judged.range.slots
    held = {slot: publication for slot in slots if judged.judgement.tallies[slot].quarantined}
    emptied = {slot: 0 for slot in before.publications(slots) if slot not in held}
    return Change(
        range=judged.range,
        files=tuple(file for file in judged.staging.files if not file.rejected),
        schema=judged.schema,
        message=_message(judged, origin),
        marks={
            **judged.marks,
            **{MADE + slot: number for slot, number in origin.made.items() if slot in slots},
            **{QUARANTINED + slot: number for slot, number in {**held, **emptied}.items()},
        },
        keep=judged.kept.files,
        base=judged.seen.version,
        policy=judged.target.policy,
        required=_required(judged),
        name=judged.target.id,
        description=judged.target.description,
    )


def check_columns(judged: Judged) -> Finding:
    """Whether the stored columns are, or may become, those that were judged: a finding about the table as a whole."""
    try:
        _require_known_columns(judged)
    except SchemaDriftError as error:
        figures = {"difference": error.what, "remedy": error.remedy}
        return Finding(STORED, "", False, f"{error.what}\n({error.remedy})", figures, blocks=True)
    return Finding(STORED, "", True, blocks=True)


def _require_known_columns(judged: Judged) -> None:
    """Raise SchemaDriftError before the quarantine is touched."""
    stored = judged.seen.table
    if stored is not None:
        plan(stored, judged.schema, judged.range, judged.target.policy, required=_required(judged))


def _required(judged: Judged) -> frozenset[str]:
    rules = judged.target.rules.rules
    return frozenset(rule.columns[0] for rule in rules if rule.id.endswith("__not_null") and not rule.warn)


def _message(judged: Judged, origin: Origin) -> dict[str, Any]:
    total = judged.judgement.total
    return {
        "run_id": origin.run_id,
        "range": str(judged.range),
        "code_version": origin.code_version,
        "rules": judged.target.rules.fingerprint,
        "inputs": origin.inputs,
        "delivered": total.delivered,
        "accepted": total.accepted,
        "quarantined": total.quarantined,
        "failures": {rule: count for rule, count in total.failures.items() if count},
        **judged.facts,
    }
