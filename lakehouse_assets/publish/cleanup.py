"""Taking rows out of the quarantine: those that belong to no partition any more, and those that are given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lakehouse_assets.errors import ConflictError, StorageError
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.information import information
from lakehouse_assets.publish.marks import QUARANTINED, Marks, publications_before
from lakehouse_assets.publish.quarantine import COUNTED, MOST_NAMED, PARTITION, PUBLICATION, belonging, current
from lakehouse_assets.quoting import texts
from lakehouse_assets.storage import storage_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.target import Target

ABANDONED = timedelta(days=1)  # after which rows of a publication that never came about are taken out
CHEAP = 100_000  # rows that are written anew without a second thought
AGAIN = "run it again: nothing was given up"


def withdraw(target: Target, range_: Range, publication: int, before: Marks, rows: int) -> None:
    """Take out what the publication just committed has replaced, and what one that died left long ago.

    Nobody misses these rows: they belong to no partition. So a run killed before this leaves them to the next,
    and where far more rows than the publication's `rows` would have to be written anew, they stay.
    """
    replaced = set(before.publications(range_.slots).values())
    # By its number, not by when its rows were judged: rows that a run in progress carries on may be old.
    gone = f"{PUBLICATION} < {publications_before(datetime.now(UTC) - ABANDONED)}"
    if replaced:
        gone = f"({PUBLICATION} IN ({', '.join(map(str, replaced))}) OR {gone})"
    with _at_leisure(target.quarantine_url):
        stored = open_table(target.quarantine_url)
        others = _rows_of_others(stored, publication) if stored is not None else 0
        if stored is None or not 0 < others <= max(rows, CHEAP):
            return
        for start in range(0, len(range_.slots), MOST_NAMED):
            slots = texts(range_.slots[start : start + MOST_NAMED])
            stored.delete(f"{PARTITION} IN ({slots}) AND {PUBLICATION} <> {publication} AND {gone}")


def drop(quarantine_url: str, belongs: Mapping[str, int], rule: str | None, facts: Mapping[str, str]) -> int:
    """Give up rows of these partitions' publications, those that broke `rule` or all; returns how many.

    Raises ConflictError, with nothing given up, where another writer changed the quarantine meanwhile.
    """
    from deltalake import CommitProperties
    from deltalake.exceptions import CommitFailedError

    stored = open_table(quarantine_url)
    if stored is None or not belongs:
        return 0
    # Counted first, by each partition's own publication: the predicate also fits rows that belong to nobody any more.
    marks = Marks({QUARANTINED + slot: publication for slot, publication in belongs.items()})
    held = current(quarantine_url, marks, version=stored.version(), columns=COUNTED)["_failed"].to_pylist()
    slots = sorted(belongs)
    for start in range(0, len(slots), MOST_NAMED):
        chosen = slots[start : start + MOST_NAMED]
        predicate = belonging({slot: belongs[slot] for slot in chosen})
        if rule is not None:
            predicate += f" AND array_has(_failed, {texts([rule])})"
        told = information({**facts, "dropped": {"partitions": chosen, "rule": rule}})
        try:
            with storage_errors(quarantine_url):
                stored.delete(predicate, commit_properties=CommitProperties(custom_metadata=told))
        except CommitFailedError as error:
            raise ConflictError(f"another writer was faster ({error})", where=quarantine_url, remedy=AGAIN) from error
    return sum(rule is None or rule in (failed or ()) for failed in held)


def discard(target: Target, publication: int) -> None:
    """Take out the rows of a publication that was given up."""
    with _at_leisure(target.quarantine_url):
        stored = open_table(target.quarantine_url)
        if stored is not None:
            stored.delete(f"{PUBLICATION} = {publication}")


@contextmanager
def _at_leisure(url: str) -> Iterator[None]:
    """Where another writer is at it, or storage fails: rows that belong to no partition can wait."""
    from deltalake.exceptions import CommitFailedError

    with suppress(CommitFailedError, StorageError), storage_errors(url):
        yield


def _rows_of_others(stored: DeltaTable, publication: int) -> int:
    """The rows of files that hold other publications' rows."""
    import pyarrow as pa

    files = pa.table(stored.get_add_actions(flatten=True)).to_pylist()
    return sum(file["num_records"] for file in files if file.get(f"min.{PUBLICATION}") != publication)
