"""What has arrived in the landing zone: one small interface over dagster-aws, dagster-azure and the local disk."""

# Without postponed annotations: Dagster reads the types of a resource's fields.
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

import dagster as dg
from pydantic import Field

from lakehouse_assets.settings import Settings
from lakehouse_assets.storage import storage_errors

MODULES = {"s3": "s3", "abfss": "azure"}


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
    """Lists what senders have delivered, by the client of the store's own Dagster integration.

    Credentials are those of the environment, as everywhere; see docs/stores.md.
    """

    url: str = Field(default="", description="Where it is; LAKEHOUSE_LANDING where nothing is said.")

    def arrivals(self, below: str, after: str = "") -> Iterator[Arrived]:
        """Every file below a folder, in order of its name; with `after`, those whose name comes later.

        A store gives 1,000 names for a request. Raises StorageError, and UnavailableError where trying again may help.
        """
        url = self.url or Settings.from_environment().landing
        scheme = url.partition("://")[0]
        with storage_errors(f"{url}/{below}"):
            # Each by its name: their clients take half a second to import.
            store = import_module(f"resources.stores.{MODULES.get(scheme, 'disk')}")
            yield from store.listed(url, below, after)
