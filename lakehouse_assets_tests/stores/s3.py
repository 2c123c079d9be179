"""S3: SeaweedFS, which checks signatures and makes conditional writes atomic."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from lakehouse_assets_tests.stores.servers import free_ports, serving
from lakehouse_assets_tests.stores.store import VARIABLES, Store

BUCKET = "lake"
KEY, SECRET = "tests", "a-secret/of+the=tests"
PORTS = (
    "s3.port",
    "s3.port.grpc",
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "admin.port",
    "admin.port.grpc",
)


class S3Store(Store):
    """The bucket, with boto3 beside it."""

    @cached_property
    def client(self) -> Any:
        """A client that knows where the server is whatever the environment says."""
        return client_of(self.environment)

    def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def get(self, key: str) -> bytes:
        """The content of an object."""
        return bytes(self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def delete(self, key: str) -> None:
        """Remove an object."""
        self.client.delete_object(Bucket=BUCKET, Key=key)

    def keys(self, prefix: str = "") -> list[str]:
        """The names of all objects that begin so."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", ())]


def client_of(environment: Any) -> Any:
    """A boto3 client for an environment that need not be this process's."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    )


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Store]:
    """A server with an empty bucket, which keeps its files in `folder`."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3.port']}",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }
    command = [
        str(Path(sysconfig.get_path("scripts")) / "weed"),
        "mini",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-admin.ui=false",
        "-webdav=false",
        "-master.telemetry=false",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    told = clean | {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "S3_BUCKET": BUCKET}
    store = S3Store("s3", f"s3://{BUCKET}", environment)
    # A port that is open says nothing: the server answers when it has stored something.
    with serving(command, told, folder / "log", lambda: store.put(".ready", b"")):
        yield store
