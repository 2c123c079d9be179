"""Telling a catalog of lineage what runs read and write, by OpenLineage's own client. Off unless the client is set up.

Nothing that is told may hold up or fail a run: events are sent beside it, and waited for a few seconds at its end.
"""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from openlineage.client.event_v2 import RunEvent

# Any of these sets the client up; they are its own.
VARIABLES = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG", "OPENLINEAGE__TRANSPORT__TYPE")
SECONDS = 5.0  # that the end of a run waits for a receiver that is slow


def is_on() -> bool:
    """Whether the environment says where events go."""
    disabled = os.environ.get("OPENLINEAGE_DISABLED", "").lower() in ("true", "1")
    return not disabled and any(os.environ.get(name) for name in VARIABLES)


def dataset_name(url: str) -> tuple[str, str]:
    """The namespace and the name of what lies at a URL or path, as OpenLineage spells them."""
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        return "file", parts.path
    return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")


class Sender:
    """Sends events in the order in which they are given, in a thread of its own that no process waits for."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._waiting: SimpleQueue[Callable[[], RunEvent] | None] = SimpleQueue()
        self._given = self._sent = 0
        self._failures: list[str] = []
        self._thread = threading.Thread(target=self._work, name="openlineage", daemon=True)
        self._thread.start()

    def send(self, make: Callable[[], RunEvent]) -> None:
        """Make an event and send it, beside what the caller does next."""
        self._given += 1
        self._waiting.put(make)

    def finish(self) -> None:
        """Wait for what was given, but not long; warn of what could not be sent."""
        self._waiting.put(None)
        self._thread.join(SECONDS)
        if self._sent < self._given:
            why = self._failures[0] if self._failures else "no answer in time"
            self._warn(f"lineage was not told: {self._given - self._sent} of {self._given} events failed ({why})")

    def _work(self) -> None:
        from openlineage.client import OpenLineageClient

        while (make := self._waiting.get()) is not None:
            try:
                client = OpenLineageClient()
                client.emit(make())
                client.close()
            except Exception as error:  # noqa: BLE001 - whatever a client does, it is not the run's failure
                # Not the error's own words: they may hold the address, with a key in it.
                self._failures.append(type(error).__name__)
            else:
                self._sent += 1
