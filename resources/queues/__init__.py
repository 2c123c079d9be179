"""Queues of messages that a store sends when something has arrived: SQS for S3, Storage Queues for ADLS."""

from resources.queues.queue import Message, Queue, queue_of

__all__ = ["Message", "Queue", "queue_of"]
