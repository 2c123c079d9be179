"""Two counts of one load that know nothing of each other: what the readers read, and what lies staged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.ingest.keep import COPY, part_of
from lakehouse_assets.wording import some_of

if TYPE_CHECKING:
    from lakehouse_assets.ingest.load import Loaded
    from lakehouse_assets.publish.staging import StagedFile


class StagedRowsError(LakehouseError):
    """The rows that lie staged are not those that were read; nothing was published."""


def require_all_staged(files: Iterable[Loaded], staged: Iterable[StagedFile], where: str) -> None:
    """Raise StagedRowsError unless each delivery's rows and malformed records lie staged, each once, and no others.

    `staged` are the footers of all that was staged; copies of rows that the table held before are not counted.
    """
    read, found, names = Counter[tuple[str, bool]](), Counter[tuple[str, bool]](), dict[str, str]()
    for file in files:
        part = part_of(file.delivery.name)
        names[part] = file.delivery.name
        read[part, False] += file.rows
        read[part, True] += 1 if file.unreadable else file.malformed  # a file that cannot be read is one rejected row
    for staged_file in staged:
        if not (part := _part(staged_file)).startswith(COPY):
            found[part, staged_file.rejected] += staged_file.rows
    differing = [key for key in {**read, **found} if read[key] != found[key]]
    if differing:
        said = (
            f"{names.get(part, part)}: {read[part, rejected]:,} {'rejected' if rejected else 'good'} rows were read, "
            f"{found[part, rejected]:,} lie staged"
            for part, rejected in differing
        )
        raise StagedRowsError(
            f"what was read is not what would be published, so nothing was loaded: {some_of(said, between='; ')}",
            where=where,
            remedy="look who else writes or deletes below the table's root, such as a lifecycle rule of the store, "
            "and run it again; if nobody does, this is a fault of the platform: please report it",
        )


def _part(file: StagedFile) -> str:
    """The part that a staged file was written as; one of rejected rows is called after its partition as well."""
    name = file.path.rsplit("/", 1)[-1].split(".")[0]
    return "-".join(name.split("-")[:2])
