"""Files of a landing zone or a lake as somebody else sees and changes them: by the clouds' own clients, or on disk."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any


def write(url: str, content: bytes) -> None:
    """Put a file there."""
    if "://" not in url:
        Path(url).parent.mkdir(parents=True, exist_ok=True)
        Path(url).write_bytes(content)
        return
    client, name, key = _at(url)
    if url.startswith("s3://"):
        client.put_object(Bucket=name, Key=key, Body=content)
    else:
        client.get_blob_client(name, key).upload_blob(content, overwrite=True)


def read(url: str) -> bytes:
    """What is in a file."""
    if "://" not in url:
        return Path(url).read_bytes()
    client, name, key = _at(url)
    if url.startswith("s3://"):
        return bytes(client.get_object(Bucket=name, Key=key)["Body"].read())
    return bytes(client.get_blob_client(name, key).download_blob().readall())


def delete(url: str) -> None:
    """Take a file away."""
    if "://" not in url:
        Path(url).unlink()
        return
    client, name, key = _at(url)
    if url.startswith("s3://"):
        client.delete_object(Bucket=name, Key=key)
    else:
        client.get_blob_client(name, key).delete_blob()


def below(url: str) -> list[str]:
    """The URLs of all files below a folder."""
    if "://" not in url:
        return sorted(str(path) for path in Path(url).rglob("*") if path.is_file())
    client, name, key = _at(f"{url}/")
    base = url.removesuffix(key.rstrip("/"))
    if url.startswith("s3://"):
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=key)
        return sorted(base + found["Key"] for page in pages for found in page.get("Contents", ()))
    return sorted(
        base + str(found) for found in client.get_container_client(name).list_blob_names(name_starts_with=key)
    )


def _at(url: str) -> tuple[Any, str, str]:
    place, _, key = url.split("://")[1].partition("/")
    if url.startswith("s3://"):
        names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
        return _s3(*(os.environ[name] for name in names)), place, key
    return (
        _azure(os.environ["AZURE_STORAGE_ENDPOINT"], os.environ["AZURE_STORAGE_ACCOUNT_KEY"]),
        place.split("@")[0],
        key,
    )


@cache
def _s3(endpoint: str, key: str, secret: str, region: str) -> Any:
    import boto3

    return boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret, region_name=region
    )


@cache
def _azure(endpoint: str, key: str) -> Any:
    from azure.storage.blob import BlobServiceClient

    return BlobServiceClient(endpoint, credential=key)
