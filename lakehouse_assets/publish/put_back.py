"""Quarantined rows of an older version of a table: found again after later publications have withdrawn them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lakehouse_assets.errors import RestoreError, StorageError
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.information import told_by
from lakehouse_assets.publish.marks import QUARANTINED, Marks
from lakehouse_assets.publish.quarantine import COUNTED, PARTITION, append, current, renumbered
from lakehouse_assets.storage import storage_errors

if TYPE_CHECKING:
    import pyarrow as pa

    from lakehouse_assets.publish.target import Target

REMEDY = "choose a younger version; keep older ones with a longer vacuum retention"


def withdrawn(quarantine_url: str, belongs: Mapping[str, int]) -> dict[str, int]:
    """Those of these partitions, each with its publication, of which the quarantine holds no row any more."""
    if not belongs:
        return {}
    held = set(current(quarantine_url, _marks(belongs), columns=COUNTED)[PARTITION].to_pylist())
    return {slot: publication for slot, publication in belongs.items() if slot not in held}


def find_again(target: Target, belongs: Mapping[str, int]) -> pa.Table:
    """The rows of these partitions' publications, as they were when these had joined the quarantine.

    Raises RestoreError where the quarantine's log no longer tells of it, or a vacuum has deleted the rows.
    """
    import pyarrow as pa

    found = []
    for version, slots in joined(target, belongs).items():
        try:
            with storage_errors(target.quarantine_url):
                rows = current(target.quarantine_url, _marks({s: belongs[s] for s in slots}), version=version)
        except (StorageError, OSError, pa.ArrowException) as error:
            raise _lost(target, slots[0]) from error
        missing = set(slots) - set(rows[PARTITION].to_pylist())
        if missing:
            raise _lost(target, min(missing))
        found.append(rows)
    return pa.concat_tables(found)


def put_back(target: Target, belongs: Mapping[str, int], publication: int, told: Mapping[str, object]) -> None:
    """Let the rows of these partitions' publications join the quarantine again, all under one new publication."""
    if belongs:
        rows = renumbered(find_again(target, belongs), publication)
        append(target, rows.to_batches(), dict(told), publication)


def joined(target: Target, belongs: Mapping[str, int]) -> dict[int, list[str]]:
    """The versions of the quarantine with which these publications joined it, each with their partitions."""
    stored = open_table(target.quarantine_url)
    entries = stored.history() if stored is not None else []
    wanted = set(belongs.values())
    versions = {
        number: int(entry["version"]) for entry in entries if (number := told_by(entry).get("publication")) in wanted
    }
    joined: dict[int, list[str]] = {}
    for slot, publication in sorted(belongs.items()):
        if publication not in versions:
            raise _lost(target, slot)
        joined.setdefault(versions[publication], []).append(slot)
    return joined


def _marks(belongs: Mapping[str, int]) -> Marks:
    return Marks({QUARANTINED + slot: publication for slot, publication in belongs.items()})


def _lost(target: Target, slot: str) -> RestoreError:
    return RestoreError(
        f"the quarantined rows that the version had of {slot or 'it'} are gone from the quarantine and its history",
        where=target.id,
        remedy=REMEDY,
    )
