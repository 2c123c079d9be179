"""S3: SeaweedFS, which checks signatures and makes conditional writes atomic."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def s3_server(folder: Path) -> Iterator[Store]:
    """A server with an empty bucket, which keeps its files in `folder`.

    LAKEHOUSE_TEST_S3_PORT says at which port: a cluster that is kept between runs must know it beforehand.
    """
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    if told := os.environ.get("LAKEHOUSE_TEST_S3_PORT"):
        ports["s3.port"] = int(told)
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
    # A port that is open says nothing: the server answers when it has stored something.
    with serving(command, told, folder / "log", lambda: _put(environment)):
        yield Store("s3", f"s3://{BUCKET}", environment)


def _put(environment: Mapping[str, str]) -> None:
    import boto3

    boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name=environment["AWS_REGION"],
    ).put_object(Bucket=BUCKET, Key=".ready", Body=b"")
