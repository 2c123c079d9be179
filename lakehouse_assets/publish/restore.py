"""Bringing an older version of a table back: its rows, its columns, its quarantined rows and its marks.

Delta's own RESTORE brings back rows and columns and leaves marks as they are, so that partitions would still be
said to hold what was taken back. Here one commit does it all.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ConflictError, RestoreError, UnknownTableError
from lakehouse_assets.publish import cleanup
from lakehouse_assets.publish.commit import ActiveFile, all_files, open_table
from lakehouse_assets.publish.conflicts import find_commit
from lakehouse_assets.publish.information import information
from lakehouse_assets.publish.marks import QUARANTINED, Marks, new_publication
from lakehouse_assets.publish.put_back import find_again, put_back, withdrawn
from lakehouse_assets.publish.transactions import current_version
from lakehouse_assets.storage import is_refusal, is_transient, place, storage_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from lakehouse_assets.publish.target import Target

GONE = "choose a younger version, which `lakehouse history` shows; keep older ones with a longer vacuum retention"


@dataclass(frozen=True)
class SlotChange:
    """What a restore changes of one partition: its rows, and in how many files they lie."""

    slot: str
    rows_now: int
    rows_then: int
    files_now: int
    files_then: int


@dataclass(frozen=True)
class Restoration:
    """What would be changed by bringing version `to` of a table back, which is at version `seen` now.

    `slots` are the partitions whose files or marks differ. `columns` tells how the columns would change, a line
    for each. `marks` are those to be set. Of the partitions `quarantine`, with their publications, the rows
    are no longer in the quarantine and are put back.
    """

    target: Target
    seen: int
    to: int
    rows_now: int
    rows_then: int
    files_back: int
    files_gone: int
    slots: tuple[SlotChange, ...] = ()
    columns: tuple[str, ...] = ()
    marks: Mapping[str, int] = field(default_factory=dict)
    quarantine: Mapping[str, int] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether there is anything to be done."""
        return bool(self.files_back or self.files_gone or self.columns or self.marks)


def compare(target: Target, to: int) -> Restoration:
    """What bringing a version back would change. Nothing is written.

    Raises UnknownTableError for a table that was never published, and RestoreError for a version that never
    was, that the log no longer tells of, or of which a vacuum has deleted files or quarantined rows.
    """
    table = open_table(target.url)
    if table is None:
        raise UnknownTableError("the table was never published", where=target.id, remedy="materialise it first")
    seen = table.version()
    old = _open_old(target, to, seen)
    now, then = ({f.path: f for f in all_files(t, target.column)} for t in (table, old))
    back = [then[path] for path in then.keys() - now.keys()]
    gone = [now[path] for path in now.keys() - then.keys()]
    _require_files(target, to, back)
    marks_then = Marks.of(target.url, to)
    marks = Marks.of(target.url, seen).turned_back(marks_then)
    belonged = marks_then.publications(n.removeprefix(QUARANTINED) for n in marks if n.startswith(QUARANTINED))
    lost = withdrawn(target.quarantine_url, belonged)
    if lost:
        find_again(target, lost)
    return Restoration(
        target=target,
        seen=seen,
        to=to,
        rows_now=sum(f.rows or 0 for f in now.values()),
        rows_then=sum(f.rows or 0 for f in then.values()),
        files_back=len(back),
        files_gone=len(gone),
        slots=_slots(now.values(), then.values(), {f.slot for f in (*back, *gone)}),
        columns=_columns(table, old),
        marks=marks,
        quarantine=lost,
    )


def restore(planned: Restoration, facts: Mapping[str, Any]) -> int:
    """Bring the version back as planned, in one commit; returns the new version. `facts` go into its information.

    Quarantined rows that the version had are put back first, under a number of their own that the commit marks.
    Raises ConflictError where the table is no longer at the version that was compared, and RestoreError where the
    quarantined rows cannot be had any more; the table is then as it was.
    """
    from deltalake import CommitProperties, Transaction
    from deltalake.exceptions import CommitFailedError

    target, commit_id = planned.target, uuid.uuid4().hex
    table = open_table(target.url)
    if table is None or table.version() != planned.seen:
        raise _overtaken(target)
    old = _open_old(target, planned.to, planned.seen)
    told = {**facts, "restored": {"from": planned.seen, "to": planned.to}, "commit": commit_id}
    publication = new_publication()
    marks = {**planned.marks, **{QUARANTINED + slot: publication for slot in planned.quarantine}}
    put_back(target, planned.quarantine, publication, told)
    properties = CommitProperties(
        custom_metadata=information(told),
        max_commit_retries=0,
        app_transactions=[Transaction(name, number) for name, number in marks.items()],
    )
    with storage_errors(target.url):
        try:
            table.restore(planned.to, commit_properties=properties)
        except CommitFailedError as error:
            if is_refusal(error) or is_transient(error):
                raise  # it may have been made, or not
            done = find_commit(target.url, commit_id, planned.seen, current_version(target.url))
            if done is None:
                cleanup.discard(target, publication)
                raise _overtaken(target) from error
    _require_files(target, planned.to, all_files(old, target.column), remedy=f"restore version {planned.seen}, at once")
    return planned.seen + 1


def _open_old(target: Target, to: int, seen: int) -> DeltaTable:
    from deltalake.exceptions import DeltaError

    if not 0 <= to <= seen:
        raise RestoreError(
            f"there is no version {to}, the latest is {seen}", where=target.id, remedy="see `lakehouse history`"
        )
    try:
        old = open_table(target.url, to)
    except DeltaError as error:
        raise RestoreError(
            f"version {to} cannot be read, its log was cleaned up", where=target.id, remedy=GONE
        ) from error
    if old is None:
        raise RestoreError(f"the log no longer tells of version {to}", where=target.id, remedy=GONE)
    return old


def _require_files(target: Target, to: int, back: Iterable[ActiveFile], remedy: str = GONE) -> None:
    wanted = {file.path for file in back}
    if not wanted:
        return
    lake = place(target.url)
    missing = sorted(wanted - {lake.relative(file.path) for file in lake.files()})
    if missing:
        raise RestoreError(
            f"version {to} cannot be brought back: a vacuum has deleted {len(missing):,} of its files, "
            f"such as {missing[0]}",
            where=target.id,
            remedy=remedy,
        )


def _columns(now: DeltaTable, then: DeltaTable) -> tuple[str, ...]:
    have, had = ({f.name: f.type.to_json().strip('"') for f in table.schema().fields} for table in (now, then))
    gone = (f"{name} {kind} goes" for name, kind in have.items() if name not in had)
    back = (f"{name} {kind} comes back" for name, kind in had.items() if name not in have)
    other = (f"{n} turns from {have[n]} into {had[n]}" for n in have if n in had and have[n] != had[n])
    return (*gone, *back, *other)


def _slots(now: Iterable[ActiveFile], then: Iterable[ActiveFile], changed: set[str]) -> tuple[SlotChange, ...]:
    rows_now, rows_then, files_now, files_then = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for files, rows, counts in ((now, rows_now, files_now), (then, rows_then, files_then)):
        for file in files:
            rows[file.slot] += file.rows or 0
            counts[file.slot] += 1
    return tuple(
        SlotChange(slot, rows_now[slot], rows_then[slot], files_now[slot], files_then[slot]) for slot in sorted(changed)
    )


def _overtaken(target: Target) -> ConflictError:
    return ConflictError(
        "another writer changed the table since it was compared", where=target.id, remedy="look at the preview again"
    )
