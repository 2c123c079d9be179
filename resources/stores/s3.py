"""The landing zone in S3, by dagster-aws."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dagster_aws.s3 import S3Resource

from lakehouse_assets.storage import place
from resources.stores.arrivals import Arrived

if TYPE_CHECKING:
    from collections.abc import Iterator


def resource() -> S3Resource:
    """The resource; boto3 finds credentials and profile itself."""
    address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return S3Resource(region_name=os.environ.get("AWS_REGION"), endpoint_url=address)


def listed(url: str, below: str, after: str) -> Iterator[Arrived]:
    """The objects below a folder, in order of their names."""
    bucket, _, folder = place(url).path.removeprefix("s3://").partition("/")
    base = f"{folder}/" if folder else ""
    pages = resource().get_client().get_paginator("list_objects_v2")
    start = {"StartAfter": base + after} if after else {}
    for page in pages.paginate(Bucket=bucket, Prefix=f"{base}{below}/", **start):
        for found in page.get("Contents", ()):
            if not found["Key"].endswith("/"):
                name = found["Key"].removeprefix(base)
                yield Arrived(name, found["Size"], found["LastModified"], found["ETag"].strip('"'))
