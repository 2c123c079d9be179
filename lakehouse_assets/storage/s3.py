"""S3: who is told where the store is and who asks, by the variables that AWS's own tools read."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import StorageError
from lakehouse_assets.storage import answering
from lakehouse_assets.storage.secrets import without_secrets

if TYPE_CHECKING:
    from obstore.store import S3Store

SCHEME = "s3"
STATIC = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
# A role of the machine, where there is one, is told in milliseconds.
METADATA_SECONDS = "1"

_kept: answering.Kept[S3Store] = answering.Kept()


def open_store(url: str) -> tuple[str, S3Store]:
    """The bucket of a URL, and the URL it begins with; the first time, the bucket is asked for an answer.

    Raises StorageError where there are no credentials or no region, and whatever the bucket answers.
    """
    bucket, _, folder = url.removeprefix("s3://").partition("/")
    base = f"s3://{bucket}"
    if (told := _kept.told(base)) is not None:
        return base, told
    _agree(base)
    return base, _kept.of(base, _variables(), lambda: _open(bucket, base, folder))


def tell(url: str, opened: Callable[[], S3Store]) -> None:
    """Let a bucket be reached by another store than the one that the variables call for."""
    _kept.tell(f"s3://{url.removeprefix('s3://').partition('/')[0]}", opened)


def delta_options() -> dict[str, str]:
    """What delta-rs does not read from the environment."""
    endpoint = _endpoint()
    told = {**answering.DELTA, **({"aws_endpoint_url": endpoint} if endpoint else {})}
    # With an address of its own, it would look for no profile and no container's role.
    return told if _has_keys() else {**told, "aws_force_credential_load": "true"}


def _has_keys() -> bool:
    return all(os.environ.get(name) for name in STATIC)


def _open(bucket: str, base: str, folder: str) -> S3Store:
    from obstore.store import S3Store

    session = None if _has_keys() else _session()
    if session is not None and _credentials(session) is None:
        raise StorageError(
            "there are no AWS credentials",
            where=base,
            remedy="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is given",
        )
    config: Any = {"region": os.environ["AWS_REGION"]}
    if endpoint := _endpoint():
        config["endpoint"] = endpoint
    client: Any = {**answering.CLIENT, "allow_http": _plain_http()}
    provider = _provider(session) if session is not None else None

    def made(retries: Any) -> S3Store:
        return S3Store(bucket, config=config, client_options=client, retry_config=retries, credential_provider=provider)

    return answering.store(made, base, folder)


def _agree(base: str) -> None:
    """Let the engine and delta-rs, which read the environment themselves, read the same as AWS's own tools do."""
    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    region = next((os.environ[n] for n in names if os.environ.get(n)), None) or _of_profile("region")
    if not region:
        raise StorageError(
            "the region of the bucket is not known",
            where=base,
            remedy="set AWS_REGION, for example AWS_REGION=eu-central-1; any one for a store that has none",
        )
    os.environ["AWS_REGION"] = region
    if _plain_http():
        os.environ["AWS_ALLOW_HTTP"] = "true"


def _session() -> Any:
    """AWS's own chain: profiles, single sign-on, web identity, containers, the machine's role."""
    import botocore.session

    session = botocore.session.Session()
    session.set_config_variable("metadata_service_timeout", METADATA_SECONDS)
    return session


def _of_profile(name: str) -> Any:
    from botocore.exceptions import BotoCoreError

    try:
        return _session().get_config_variable(name)
    except BotoCoreError as error:
        raise _of_chain(error) from None


def _credentials(session: Any) -> Any:
    from botocore.exceptions import BotoCoreError

    try:
        return session.get_credentials()
    except BotoCoreError as error:
        raise _of_chain(error) from None


def _of_chain(error: Exception) -> StorageError:
    return StorageError(
        f"the AWS credentials cannot be had: {without_secrets(str(error))}",
        remedy="look at AWS_PROFILE, ~/.aws/config and ~/.aws/credentials",
    )


def _provider(session: Any) -> Any:
    from obstore.auth.boto3 import Boto3CredentialProvider

    # It asks for nothing of boto3's session that botocore's does not have.
    return Boto3CredentialProvider(session, ttl=timedelta(minutes=10))


def _endpoint() -> str:
    address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    answering.require_address(address, "AWS_ENDPOINT_URL")
    return address


def _plain_http() -> bool:
    """An address that says http:// says that it is meant."""
    return _endpoint().startswith("http://") or os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true"


def _variables() -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))
