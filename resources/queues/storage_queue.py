"""Azure Storage Queues, where Event Grid puts its events: who asks is told by the variables that ADLS is reached by."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AzureSasCredential
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueClient

from resources.queues.queue import HIDDEN_SECONDS, Message, queue_errors

BATCH = 32  # the most that a Storage Queue gives at once
# Another look comes soon; their own patience is a minute and a half.
PATIENCE: Any = {
    "connection_timeout": 5,
    "read_timeout": 20,
    "retry_total": 2,
    "initial_backoff": 1,
    "increment_base": 1,
}


class StorageQueue:
    """A queue by its URL: https://<account>.queue.core.windows.net/<name>."""

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def _client(self) -> QueueClient:
        return QueueClient.from_queue_url(self.url, credential=_credential(self.url), **PATIENCE)

    def receive(self, most: int) -> list[Message]:
        """As Queue promises."""
        with queue_errors(self.url, AzureError):
            found = self._client.receive_messages(
                messages_per_page=min(BATCH, most), max_messages=most, visibility_timeout=HIDDEN_SECONDS
            )
            return [Message(m.id, str(m.content), str(m.pop_receipt)) for m in found]

    def delete(self, messages: Sequence[Message]) -> None:
        """As Queue promises."""
        with queue_errors(self.url, AzureError):
            for message in messages:
                with suppress(ResourceNotFoundError):
                    self._client.delete_message(message.id, message.receipt)


def _credential(url: str) -> Any:
    """The same variables as for the account's files; without key or signature, azure-identity finds who asks."""
    key = os.environ.get("AZURE_STORAGE_ACCOUNT_KEY") or os.environ.get("AZURE_STORAGE_ACCESS_KEY")
    if key:
        at = urlsplit(url)
        account = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME") or str(at.hostname).partition(".")[0]
        return {"account_name": account, "account_key": key}
    token = os.environ.get("AZURE_STORAGE_SAS_TOKEN") or os.environ.get("AZURE_STORAGE_SAS_KEY")
    if token:
        return AzureSasCredential(token)
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()
