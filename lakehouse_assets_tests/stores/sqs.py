"""S3 that tells SQS what arrives: moto's server. It imitates AWS, and is asked over HTTP by AWS's own clients.

Queues behave as AWS says of theirs: a message that was received is hidden for a while and comes back until it is
deleted. Who asks is not checked, and it is no store for writers at the same time; those are tested with another.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lakehouse_assets_tests.stores.servers import free_ports, serving
from lakehouse_assets_tests.stores.store import VARIABLES

REGION = "eu-central-1"


@dataclass(frozen=True)
class Aws:
    """A server of S3 and SQS."""

    url: str
    environment: Mapping[str, str] = field(repr=False)

    def client(self, service: str) -> Any:
        """AWS's own client of a service of it."""
        import boto3

        told = self.environment
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
        )

    def bucket_with_queue(self, name: str) -> str:
        """A bucket that tells a queue of what comes and goes; returns the URL of the queue."""
        s3, sqs = self.client("s3"), self.client("sqs")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        url = str(sqs.create_queue(QueueName=f"{name}-arrivals")["QueueUrl"])
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        told = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
        s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"QueueConfigurations": [told]})
        return url


@contextmanager
def aws_server(folder: Path) -> Iterator[Aws]:
    """A server with nothing in it, which keeps everything in memory."""
    (port,) = free_ports(1)
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-tests",
        "AWS_REGION": REGION,
        "AWS_ALLOW_HTTP": "true",
    }
    aws = Aws(environment["AWS_ENDPOINT_URL"], environment)
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    command = [str(Path(sysconfig.get_path("scripts")) / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with serving(command, clean, folder / "log", lambda: aws.client("sqs").list_queues()):
        yield aws
