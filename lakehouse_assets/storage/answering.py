"""Stores that answer: asked once, soon, and then kept for the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lakehouse_assets.errors import StorageError
from lakehouse_assets.storage.failures import storage_errors

if TYPE_CHECKING:
    from obstore.store import ObjectStore

Store = TypeVar("Store")
Opened = TypeVar("Opened", bound="ObjectStore")

# A store that answers now and then is asked again for a while; one that never answered is told of at once.
CLIENT: dict[str, Any] = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=60)}
AT_FIRST: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
LATER: Any = {"max_retries": 8, "retry_timeout": timedelta(seconds=60)}
DELTA = {"connect_timeout": "5s", "timeout": "60s", "max_retries": "8", "retry_timeout": "60s"}


class Kept(Generic[Store]):
    """Stores by URL, as long as the variables by which they were opened stay the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stores: dict[str, tuple[object, Store]] = {}
        self._told: dict[str, Callable[[], Store]] = {}

    def tell(self, base: str, opened: Callable[[], Store]) -> None:
        """Let the store of a URL be opened so, whatever the variables say; once, when it is first asked for."""
        with self._lock:
            self._told[base] = opened
            self._stores.pop(base, None)

    def told(self, base: str) -> Store | None:
        """The store that was told of; None where the variables say who asks."""
        return self.of(base, None, self._told[base]) if base in self._told else None

    def of(self, base: str, variables: object, opened: Callable[[], Store]) -> Store:
        """The store of a URL; opened where there is none of these variables yet."""
        known = self._stores.get(base)
        if known is not None and known[0] == variables:
            return known[1]
        with self._lock:
            known = self._stores.get(base)
            if known is None or known[0] != variables:
                known = (variables, opened())
                self._stores[base] = known
            return known[1]


def store(made: Callable[[Any], Opened], base: str, folder: str) -> Opened:
    """The store that `made` gives for some retries, once it has said something of a folder, be that there or not.

    Raises what it says instead, as StorageError, soon; later it is asked again for a while.
    """
    import obstore

    with storage_errors(base):
        next(iter(obstore.list(made(AT_FIRST), folder or None)), None)
    return made(LATER)


def require_address(address: str, variable: str) -> None:
    """Raise StorageError for an address that is none; "" stands for the cloud's own."""
    if address and not address.startswith(("http://", "https://")):
        raise StorageError(
            "the address of the store cannot be used",
            where=variable,
            remedy=f"let {variable} begin with https://, or http:// on a network that is trusted",
        )
