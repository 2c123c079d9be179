"""When an answer of a Spark Connect server that could not be read is asked for again."""

from __future__ import annotations

import grpc
from pyspark.sql.connect.client.retries import RetryPolicy

UNREAD = "Exception deserializing response!"  # what gRPC itself says of it


class UnreadAnswers(RetryPolicy):
    """Asks once more, at once, where the only answer to a call could not be parsed: settings, plans, releases.

    It was seen once, of threads that share a session; asking again changes nothing. A query's answers come one after
    the other, and a query is not begun again.
    """

    def __init__(self) -> None:
        super().__init__(max_retries=1, initial_backoff=0)

    def can_retry(self, exception: BaseException) -> bool:
        """Whether it is such an answer."""
        if not isinstance(exception, grpc.Call) or hasattr(exception, "__next__"):
            return False
        return exception.code() is grpc.StatusCode.INTERNAL and exception.details() == UNREAD
