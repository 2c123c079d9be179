"""One small interface over both clouds' queues."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lakehouse_assets.errors import LakehouseError, StorageError
from lakehouse_assets.storage import storage_error_of, without_secrets

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

HIDDEN_SECONDS = 30  # for so long a message that was received is not given to anybody else; then it is there again


@dataclass(frozen=True)
class Message:
    """A message as its queue gives it: its name there, its text, and by which receipt it is deleted."""

    id: str
    text: str
    receipt: str


class Queue(Protocol):
    """A queue that keeps a message until it is deleted."""

    def receive(self, most: int) -> list[Message]:
        """Some messages, at most so many, which then stay hidden for HIDDEN_SECONDS."""

    def delete(self, messages: Sequence[Message]) -> None:
        """Take messages out for good; one that is gone already is fine, one that cannot be deleted comes back."""


def queue_of(settings: Settings) -> Queue:
    """The queue at LAKEHOUSE_QUEUE, of the landing zone's own cloud; nothing is asked of it yet.

    Raises StorageError where nobody says who asks.
    """
    # Each by its name: their clients take half a second to import.
    if settings.landing.startswith("s3://"):
        from resources.queues.sqs import Sqs

        return Sqs(settings.queue)
    from resources.queues.storage_queue import StorageQueue

    return StorageQueue(settings.queue)


@contextmanager
def queue_errors(url: str, *kinds: type[Exception]) -> Iterator[None]:
    """Turn what a queue's client raises into one clear error; an UnavailableError where it may pass by itself."""
    try:
        yield
    except kinds as error:
        raise _known(error, url) from None  # what a client says may hold what was signed


def _known(error: Exception, url: str) -> LakehouseError:
    # Told apart as failures of the stores are, whose words they share.
    known = storage_error_of(OSError(str(error)), url)
    return known or StorageError(without_secrets(str(error)), where=url)
