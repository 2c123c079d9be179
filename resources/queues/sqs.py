"""SQS, by boto3: who asks is found by AWS's own chain."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from resources.queues.queue import HIDDEN_SECONDS, Message, queue_errors

BATCH = 10  # the most that SQS gives or takes at once
LISTENS_SECONDS = 1  # asked for none, it answers of some of its machines only, and so may say there is nothing
OF_REGION = re.compile(r"https://sqs\.(?:[a-z-]*\.)?([a-z]+(?:-[a-z]+)+-\d+)\.")


class Sqs:
    """A queue by its URL, as AWS tells it: https://sqs.<region>.amazonaws.com/<account>/<name>."""

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def _client(self) -> Any:
        at, named = urlsplit(self.url), OF_REGION.match(self.url)
        region = named[1] if named else os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        patience = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})
        return boto3.Session().client(
            "sqs", region_name=region, endpoint_url=f"{at.scheme}://{at.netloc}", config=patience
        )

    def receive(self, most: int) -> list[Message]:
        """As Queue promises."""
        found: list[Message] = []
        with queue_errors(self.url, BotoCoreError, ClientError):
            while len(found) < most:
                answer = self._client.receive_message(
                    QueueUrl=self.url,
                    MaxNumberOfMessages=min(BATCH, most - len(found)),
                    VisibilityTimeout=HIDDEN_SECONDS,
                    WaitTimeSeconds=LISTENS_SECONDS if not found else 0,
                ).get("Messages", ())
                found += [Message(m["MessageId"], m["Body"], m["ReceiptHandle"]) for m in answer]
                if not answer:
                    break
        return found

    def delete(self, messages: Sequence[Message]) -> None:
        """As Queue promises."""
        with queue_errors(self.url, BotoCoreError, ClientError):
            for start in range(0, len(messages), BATCH):
                some = messages[start : start + BATCH]
                entries = [{"Id": str(n), "ReceiptHandle": message.receipt} for n, message in enumerate(some)]
                self._client.delete_message_batch(QueueUrl=self.url, Entries=entries)
