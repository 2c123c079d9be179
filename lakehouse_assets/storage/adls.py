"""ADLS: who is told where the store is and who asks, by the variables that Azure's own tools read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import SettingsError, StorageError
from lakehouse_assets.storage import answering

if TYPE_CHECKING:
    from obstore.store import AzureStore

SCHEME = "abfss"
LOCATION = re.compile(r"abfss://(?P<container>[^/@:]+)@(?P<account>[^/@.:]+)\.[^/@:]+")
# What Azure's command line calls otherwise than its libraries, and a connection string's parts.
ALSO = {"AZURE_STORAGE_ACCOUNT": "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_KEY": "AZURE_STORAGE_ACCOUNT_KEY"}
PARTS = {
    "AccountName": "AZURE_STORAGE_ACCOUNT_NAME",
    "AccountKey": "AZURE_STORAGE_ACCOUNT_KEY",
    "SharedAccessSignature": "AZURE_STORAGE_SAS_TOKEN",
    "BlobEndpoint": "AZURE_STORAGE_ENDPOINT",
}
# Any of these says who asks; without one it is the machine's own identity.
CREDENTIALS = (
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_TOKEN",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_USE_AZURE_CLI",
    "IDENTITY_ENDPOINT",
    "MSI_ENDPOINT",
)
METADATA, METADATA_SECONDS = "169.254.169.254", 1.0

_kept: answering.Kept[AzureStore] = answering.Kept()


def open_store(url: str) -> tuple[str, AzureStore]:
    """The container of a URL, and the URL it begins with; the first time, the container is asked for an answer.

    Raises SettingsError for a URL without container or account, StorageError where there are no credentials, and
    whatever the container answers.
    """
    found = LOCATION.match(url)
    if found is None:
        raise SettingsError(
            "an abfss:// URL names a container and an account",
            remedy="write abfss://container@account.dfs.core.windows.net/folder",
        )
    base, folder = found.group(), url[found.end() :].strip("/")
    if (told := _kept.told(base)) is not None:
        return base, told
    _agree()
    return base, _kept.of(base, _variables(), lambda: _open(base, found["account"], folder))


def tell(url: str, opened: Callable[[], AzureStore]) -> None:
    """Let a container be reached by another store than the one that the variables call for."""
    found = LOCATION.match(url)
    _kept.tell(found.group() if found else url, opened)


def delta_options() -> dict[str, str]:
    """What delta-rs does not read from the environment."""
    return dict(answering.DELTA)


def _open(base: str, account: str, folder: str) -> AzureStore:
    from obstore.store import AzureStore

    named = os.environ.get("AZURE_STORAGE_ACCOUNT_NAME")
    if named and named != account:
        raise StorageError(
            f"the credentials are for the account {named!r}, not {account!r}",
            where=base,
            remedy="let AZURE_STORAGE_ACCOUNT_NAME and the URL name the same account",
        )
    if not any(os.environ.get(name) for name in CREDENTIALS) and not _has_identity():
        raise StorageError(
            "there are no Azure credentials",
            where=base,
            remedy="set AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN, or AZURE_CLIENT_ID, AZURE_TENANT_ID and "
            "AZURE_CLIENT_SECRET, or AZURE_USE_AZURE_CLI=true, or run where a managed identity is given",
        )
    client: Any = {**answering.CLIENT, "allow_http": os.environ.get("AZURE_ALLOW_HTTP") == "true"}

    def made(retries: Any) -> AzureStore:
        return AzureStore.from_url(base, client_options=client, retry_config=retries)

    return answering.store(made, base, folder)


def _agree() -> None:
    """Let the engine and delta-rs, which read the environment themselves, read the same as Azure's own tools do."""
    told = os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    parts = dict(part.split("=", 1) for part in told.split(";") if "=" in part)
    for name, variable in PARTS.items():
        if parts.get(name):
            os.environ.setdefault(variable, parts[name])
    for name, variable in ALSO.items():
        if os.environ.get(name):
            os.environ.setdefault(variable, os.environ[name])
    # An address that says http:// says that it is meant.
    address = os.environ.get("AZURE_STORAGE_ENDPOINT", "")
    answering.require_address(address, "AZURE_STORAGE_ENDPOINT")
    if address.startswith("http://"):
        os.environ.setdefault("AZURE_ALLOW_HTTP", "true")


def _has_identity() -> bool:
    """Whether this machine is one that Azure gives an identity to; who is asked first would wait for minutes."""
    import http.client

    connection = http.client.HTTPConnection(METADATA, timeout=METADATA_SECONDS)
    try:
        connection.request("GET", "/metadata/instance?api-version=2021-02-01", headers={"Metadata": "true"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _variables() -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AZURE_")))
