"""What has arrived in the landing zone, and who asks for it: one small interface over every store."""

# Without postponed annotations: Dagster reads the types of a resource's fields.
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from pydantic import Field

from lakehouse_assets.settings import Settings
from lakehouse_assets.storage import place, reach_by, storage_errors


@dataclass(frozen=True)
class Arrived:
    """A file in the landing zone. `name` is its path there; `etag` changes with its content, "" on local disk.

    Times of object stores are whole seconds, so a cursor by time alone misses files: compare etags, or names.
    """

    name: str
    size_bytes: int
    modified: datetime
    etag: str


class LandingZone(dg.ConfigurableResource):
    """The landing zone, on disk or in any store, asked as the environment says; see docs/stores.md.

    Its kinds for S3 and ADLS ask as a resource of dagster-aws or dagster-azure says. What lists and reads is the
    same for all, and for the sensors and for ingestion: `lakehouse_assets.storage`.
    """

    url: str = Field(default="", description="Where it is; LAKEHOUSE_LANDING where nothing is said.")

    def use(self) -> None:
        """Let everybody in this process who lists or reads the landing zone ask as this resource says.

        Nothing is asked yet. Raises SettingsError for a place that is in no store of this kind.
        """
        url = self._place()
        if (opened := self._opener(url)) is not None:
            reach_by(url, opened)

    def arrivals(self, below: str, after: str = "") -> Iterator[Arrived]:
        """Every file below a folder, in order of its name; with `after`, those whose name comes later.

        A store gives 1,000 names for a request. Raises StorageError, and UnavailableError where trying again may help.
        """
        self.use()
        url = self._place()
        with storage_errors(f"{url}/{below}"):
            zone = place(url)
            for file in zone.files(below=below):
                name = zone.relative(file.path)
                if name > after:
                    yield Arrived(name, file.size, datetime.fromtimestamp(file.mtime_ns / 1e9, tz=UTC), file.etag)

    def _place(self) -> str:
        return self.url or Settings.from_environment().landing

    def _opener(self, url: str) -> Callable[[], Any] | None:  # noqa: ARG002 - for those that ask otherwise
        """Who opens its store as an obstore; None for whoever the environment says."""
        return None
