"""What other writers did since a run looked: a commit is only made over what the run has seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import ConflictError
from lakehouse_assets.publish.marks import MADE, QUARANTINED
from lakehouse_assets.publish.transactions import LOG
from lakehouse_assets.storage import place, storage_errors

if TYPE_CHECKING:
    from lakehouse_assets.publish.ranges import Range

RERUN = "run it again: nothing was published, and what the other writer published is kept"


def require_untouched(url: str, range_: Range, base: int, now: int) -> None:
    """Raise ConflictError where a commit after version `base`, up to `now`, changed rows of `range_`.

    Commits that only moved rows to other files, as compaction does, change none. A commit that cannot be
    read might have: it conflicts.
    """
    for version in range(base + 1, now + 1):
        actions = read_commit(url, version)
        if actions is None:
            raise _conflict(url, range_, f"version {version} is no longer in the log")
        if any(_touches(action, range_, first=version == 0) for action in actions):
            raise _conflict(url, range_, f"version {version} did")


def find_commit(url: str, commit_id: str, after: int, until: int) -> int | None:
    """The version, of those after one and up to another, that the commit of this id made.

    A store may have taken a commit though the answer was lost on the way: without a look at the log it
    would be made twice.
    """
    for version in range(after + 1, until + 1):
        for action in read_commit(url, version) or ():
            if commit_id in str(action.get("commitInfo", "")):
                return version
    return None


def read_commit(url: str, version: int) -> list[dict[str, Any]] | None:
    """The actions of one commit; None where the log no longer has it."""
    log = place(url)
    with storage_errors(url):
        try:
            with log.system.open_input_stream(f"{log.path}/{LOG}/{version:020d}.json") as stream:
                return [json.loads(line) for line in stream.read().splitlines() if line.strip()]
        except FileNotFoundError:
            return None


def _touches(action: dict[str, Any], range_: Range, *, first: bool) -> bool:
    if "metaData" in action:
        return not first  # creating the table changes none of our rows; other columns may
    if "txn" in action:
        return any(action["txn"]["appId"] in (MADE + slot, QUARANTINED + slot) for slot in range_.slots)
    for kind in ("add", "remove"):
        change = action.get(kind)
        if change and change.get("dataChange", True):
            values = change.get("partitionValues")
            if range_.column is None or not isinstance(values, dict):
                return True
            return values.get(range_.column) in range_.keys
    return False


def _conflict(url: str, range_: Range, what: str) -> ConflictError:
    return ConflictError(f"another writer changed {range_} at the same time ({what})", where=url, remedy=RERUN)
