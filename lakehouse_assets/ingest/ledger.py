"""The ledger: which delivered files a bronze partition holds, as the table's log marks them, and what is new.

The marks are set by the commit that publishes the rows, so the ledger cannot disagree with the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from lakehouse_assets.publish.marks import number_of

if TYPE_CHECKING:
    from lakehouse_assets.ingest.deliveries import Delivery
    from lakehouse_assets.publish.marks import Marks

Gone = Literal["kept", "withdrawn"]


@dataclass(frozen=True)
class Arrival:
    """One partition: what lies in the landing zone against what the table holds.

    Of the files that wait, `due` ones are read: new ones, changed ones, or all where the table's declaration
    has changed; these know the content that the table holds of them. `same` files are held already, `gone` ones are
    held and no longer lie there; both with their content.
    """

    slot: str
    waiting: tuple[Delivery, ...] = ()
    due: tuple[Delivery, ...] = ()
    same: Mapping[str, int] = field(default_factory=dict)
    gone: Mapping[str, int] = field(default_factory=dict)
    withdraws: bool = False

    @property
    def changes(self) -> bool:
        """Whether loading would change the table."""
        return bool(self.due) or (self.withdraws and bool(self.gone))

    @property
    def stays(self) -> Mapping[str, int]:
        """The files whose rows stay as they are."""
        return self.same if self.withdraws else {**self.same, **self.gone}


def held_by_slot(marks: Marks, *, partitioned: bool) -> dict[str, dict[str, int]]:
    """The files that a bronze table holds, by partition."""
    held: dict[str, dict[str, int]] = {}
    for name, content in marks.files().items():
        held.setdefault(name.split("/")[-2] if partitioned else "", {})[name] = content
    return held


def compare(
    slot: str,
    waiting: Iterable[Delivery],
    held: Mapping[str, int],
    marks: Marks,
    code_version: str,
    gone: Gone,
    content_of: Callable[[Delivery], int],
    *,
    force: bool = False,
) -> Arrival:
    """What has to be loaded into a partition.

    Names, sizes and times settle most partitions; only where they differ is a file's content read, so one
    that was sent again unchanged is no news. `force` loads every file that waits.
    """
    files = tuple(waiting)
    by_name = {file.name: file for file in files}
    lost = {name: content for name, content in held.items() if name not in by_name}
    withdraws = gone == "withdrawn"
    if force or (held and marks.made(slot) != made_from(code_version, held)):
        due = tuple(replace(file, held=held.get(file.name, 0)) for file in files)
        return Arrival(slot, files, due, gone=lost, withdraws=withdraws)
    if held and marks.seen(slot) == seen_in(files):
        still = {name: content for name, content in held.items() if name in by_name}
        return Arrival(slot, files, same=still, gone=lost, withdraws=withdraws)
    same = {n: held[n] for n, file in by_name.items() if n in held and content_of(file) == held[n]}
    due = tuple(file for file in files if file.name not in same)
    return Arrival(slot, files, due, same, lost, withdraws)


def made_from(code_version: str, contents: Mapping[str, int]) -> int:
    """What a bronze partition is made from: this declaration and these files."""
    return number_of(code_version, sorted(contents.items()))


def seen_in(files: Iterable[Delivery]) -> int:
    """Files as a listing shows them."""
    return number_of(sorted((file.name, file.size_bytes, file.modified_ns, *_etag(file)) for file in files))


def _etag(file: Delivery) -> tuple[str, ...]:
    return (file.etag,) if file.etag else ()
