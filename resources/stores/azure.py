"""A landing zone in ADLS that is asked as dagster-azure's Blob resource says; its ADLS resource takes no address."""

# Without postponed annotations: Dagster reads the types of a resource's fields.
from collections.abc import Callable
from typing import Any

from dagster_azure.blob import AzureBlobStorageResource

from lakehouse_assets.errors import SettingsError
from lakehouse_assets.storage import answering
from lakehouse_assets.storage.adls import LOCATION
from resources.stores.arrivals import LandingZone


class AzureLandingZone(LandingZone):
    """A landing zone in ADLS with an identity of its own: a sender's signature, for example, beside the lake's key."""

    azure: AzureBlobStorageResource

    def _opener(self, url: str) -> Callable[[], Any]:
        if LOCATION.match(url) is None:
            raise SettingsError(f"{url} is not in ADLS", remedy="use LandingZone, or let LAKEHOUSE_LANDING be in ADLS")

        def opened() -> Any:
            with self.process_config_and_initialize_cm() as told:  # variables that its fields name are read
                return _opened(url, told.azure)

        return opened


def _opened(url: str, azure: AzureBlobStorageResource) -> Any:
    from obstore.store import AzureStore

    found = LOCATION.match(url)
    base, folder = (found.group(), url[found.end() :].strip("/")) if found else (url, "")
    who: Any = azure.credential
    config: Any = {"endpoint": azure.account_url.rstrip("/")}
    provider = None
    match who.credential_type:
        case "key":
            config["account_key"] = who.key
        case "sas":
            config["sas_token"] = who.token
        case "anonymous":
            config["skip_signature"] = True
        case _:
            from azure.identity import DefaultAzureCredential
            from obstore.auth.azure import AzureCredentialProvider

            provider = AzureCredentialProvider(DefaultAzureCredential(**who.kwargs))
    client: Any = {**answering.CLIENT, "allow_http": azure.account_url.startswith("http://")}

    def made(retries: Any) -> AzureStore:
        return AzureStore.from_url(
            base, config=config, client_options=client, retry_config=retries, credential_provider=provider
        )

    return answering.store(made, base, folder)
