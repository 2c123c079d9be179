"""The landing zone in ADLS, by dagster-azure's Blob resource: its ADLS resource can be pointed at no other address."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dagster_azure.blob import (
    AzureBlobStorageDefaultCredential,
    AzureBlobStorageKeyCredential,
    AzureBlobStorageResource,
    AzureBlobStorageSASTokenCredential,
)

from lakehouse_assets.storage import place
from resources.stores.arrivals import Arrived

if TYPE_CHECKING:
    from collections.abc import Iterator


def resource(account: str) -> AzureBlobStorageResource:
    """The resource of an account; without key or signature, azure-identity finds who asks."""
    address = os.environ.get("AZURE_STORAGE_ENDPOINT") or f"https://{account}.blob.core.windows.net"
    return AzureBlobStorageResource(account_url=address, credential=_credential())


def _credential() -> Any:
    key = os.environ.get("AZURE_STORAGE_ACCOUNT_KEY") or os.environ.get("AZURE_STORAGE_ACCESS_KEY")
    if key:
        return AzureBlobStorageKeyCredential(key=key)
    token = os.environ.get("AZURE_STORAGE_SAS_TOKEN") or os.environ.get("AZURE_STORAGE_SAS_KEY")
    return AzureBlobStorageSASTokenCredential(token=token) if token else AzureBlobStorageDefaultCredential()


def listed(url: str, below: str, after: str) -> Iterator[Arrived]:
    """The blobs below a folder, in order of their names; folders that an account with real ones lists are none."""
    where, _, folder = place(url).path.removeprefix("abfss://").partition("/")
    container, account = where.split("@")
    base = f"{folder}/" if folder else ""
    with resource(account.split(".")[0]).get_client() as client:
        blobs = client.get_container_client(container).list_blobs(f"{base}{below}/", include=["metadata"])
        for found in blobs:
            name = found.name.removeprefix(base)
            if name > after and (found.metadata or {}).get("hdi_isfolder") != "true":
                yield Arrived(name, found.size, found.last_modified, found.etag.strip('"'))
