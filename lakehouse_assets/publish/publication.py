"""Publishing what was judged: quarantine first, then the one commit that readers see."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import RefusedError, SchemaDriftError
from lakehouse_assets.publish.commit import commit_range, open_table, require_same_columns
from lakehouse_assets.publish.judgement import Judgement, require_conserved
from lakehouse_assets.publish.quarantine import quarantine

if TYPE_CHECKING:
    from lakehouse_assets.publish.judge import Judged
    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.target import Origin


@dataclass(frozen=True)
class Publication:
    """One new version of a table."""

    url: str
    range: Range
    version: int
    judgement: Judgement
    size_bytes: int
    files: int
    quarantine_seconds: float
    commit_seconds: float


def publish(judged: Judged, origin: Origin) -> Publication:
    """Make a judged run the table's next version, replacing exactly its range.

    Raises RefusedError where too many rows were rejected and SchemaDriftError where the stored columns are
    others; table and quarantine are then as they were, and nothing stays staged. Rejected rows are
    in the quarantine before the accepted ones are visible, so a crash between the two loses nothing: the
    run is repeated and replaces both.
    """
    if judged.refusals:
        judged.staging.discard()
        raise RefusedError(
            "; ".join(judged.refusals[:5]),
            where=judged.target.id,
            remedy="look at the failed checks; repair the delivery or the contract, and run it again",
        )
    accepted = [file for file in judged.staging.files if not file.rejected]
    started = time.perf_counter()
    _require_known_columns(judged)
    quarantined = quarantine(judged, origin)
    require_conserved(judged.judgement, sum(file.rows for file in accepted), quarantined)
    between = time.perf_counter()
    version = commit_range(
        judged.target.url,
        judged.range,
        accepted,
        judged.schema,
        message=_message(judged, origin),
        fingerprints=origin.fingerprints,
        name=judged.target.id,
        description=judged.target.description,
    )
    return Publication(
        url=judged.target.url,
        range=judged.range,
        version=version,
        judgement=judged.judgement,
        size_bytes=sum(file.size_bytes for file in accepted),
        files=len(accepted),
        quarantine_seconds=between - started,
        commit_seconds=time.perf_counter() - between,
    )


def _require_known_columns(judged: Judged) -> None:
    """Raise SchemaDriftError before the quarantine is touched, or it would tell of rows never published."""
    stored = open_table(judged.target.url)
    if stored is None:
        return
    try:
        require_same_columns(stored, judged.schema, judged.target.url)
    except SchemaDriftError:
        judged.staging.discard()
        raise


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
    }
