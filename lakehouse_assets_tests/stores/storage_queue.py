"""Azure Storage Queues: Azurite's own. Event Grid is not to be had here: tests put in what it would, word for word."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse_assets_tests.stores.adls import ACCOUNT, KEY, azurite, node
from lakehouse_assets_tests.stores.servers import free_ports, serving

if TYPE_CHECKING:
    from azure.storage.queue import QueueServiceClient


@contextmanager
def queue_server(folder: Path) -> Iterator[str]:
    """A server of queues of the account that ADLS in the tests has; its URL."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}/{ACCOUNT}"
    program = azurite().parent.parent / "queue" / "main.js"
    command = [
        *(node(), str(program), "--queueHost", "127.0.0.1", "--queuePort", str(port)),
        *("--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"),
    ]
    with serving(command, os.environ, folder / "log", lambda: next(iter(service(url).list_queues()), None)):
        yield url


def service(url: str) -> QueueServiceClient:
    """Azure's own client of that server, which ends a connection that nobody used for 5 seconds: then asked anew."""
    from azure.storage.queue import QueueServiceClient

    credential = {"account_name": ACCOUNT, "account_key": KEY}
    return QueueServiceClient(url, credential=credential, retry_total=1, initial_backoff=0, increment_base=0)
