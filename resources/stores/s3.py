"""A landing zone in S3 that is asked as dagster-aws's S3Resource says."""

# Without postponed annotations: Dagster reads the types of a resource's fields.
import os
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError
from dagster_aws.s3 import S3Resource

from lakehouse_assets.errors import SettingsError, StorageError
from lakehouse_assets.storage import answering, without_secrets
from resources.stores.arrivals import LandingZone


class S3LandingZone(LandingZone):
    """A landing zone in S3 with an identity of its own: a partner's profile, for example, beside the lake's role."""

    s3: S3Resource

    def _opener(self, url: str) -> Callable[[], Any]:
        if not url.startswith("s3://"):
            raise SettingsError(f"{url} is not in S3", remedy="use LandingZone, or let LAKEHOUSE_LANDING be in S3")

        def opened() -> Any:
            with self.process_config_and_initialize_cm() as told:  # variables that its fields name are read
                return _opened(url, told.s3)

        return opened


def _opened(url: str, s3: S3Resource) -> Any:
    from obstore.auth.boto3 import Boto3CredentialProvider
    from obstore.store import S3Store

    bucket, _, folder = url.removeprefix("s3://").partition("/")
    try:
        session = boto3.Session(
            profile_name=s3.profile_name,
            aws_access_key_id=s3.aws_access_key_id,
            aws_secret_access_key=s3.aws_secret_access_key,
            aws_session_token=s3.aws_session_token,
        )
        provider = None if s3.use_unsigned_session else Boto3CredentialProvider(session)
    except (BotoCoreError, ValueError) as error:
        raise StorageError(
            f"the AWS credentials cannot be had: {without_secrets(str(error))}",
            where=f"s3://{bucket}",
            remedy="look at the S3Resource of the landing zone, and at its profile",
        ) from None
    address = s3.endpoint_url or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    answering.require_address(address, "endpoint_url")
    region = s3.region_name or session.region_name or os.environ.get("AWS_REGION")
    told = {"region": region, "endpoint": address, "skip_signature": s3.use_unsigned_session}
    config: Any = {name: value for name, value in told.items() if value}
    plain = address.startswith("http://")
    client: Any = {**answering.CLIENT, "allow_http": plain, "allow_invalid_certificates": s3.verify is False}

    def made(retries: Any) -> S3Store:
        return S3Store(bucket, config=config, client_options=client, retry_config=retries, credential_provider=provider)

    return answering.store(made, f"s3://{bucket}", folder)
