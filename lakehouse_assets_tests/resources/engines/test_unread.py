"""An answer of the engine that the client could not parse is asked for once more, and a query is not begun again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.errors.exceptions.connect import SparkConnectGrpcException
from pyspark.sql.connect.proto import base_pb2 as messages

from resources.engines.unread import UNREAD

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SERVICE, SETTING = "/spark.connect.SparkConnectService", "spark.sql.session.timeZone"


def garbled(read: Callable[[bytes], Any], times: int) -> tuple[Callable[[bytes], Any], list[bytes]]:
    """A reader of answers to which the first ones come garbled, and all that it was given."""
    came: list[bytes] = []

    def reader(answer: bytes) -> Any:
        came.append(answer)
        return read(b"\x07" if len(came) <= times else answer)

    return reader, came


@pytest.mark.parametrize(("times", "asked"), [(0, 1), (1, 2), (2, 2)])
def test_an_answer_that_could_not_be_read_is_asked_for_once_more_and_no_oftener(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, times: int, asked: int
) -> None:
    reader, came = garbled(messages.ConfigResponse.FromString, times)
    call = spark.client._channel.unary_unary(f"{SERVICE}/Config", messages.ConfigRequest.SerializeToString, reader)
    monkeypatch.setattr(spark.client._stub, "Config", call)
    if times < 2:
        assert spark.conf.get(SETTING) == "UTC"
    else:
        with (
            pytest.raises(SparkConnectGrpcException, match=UNREAD),
            pytest.warns(UserWarning, match="RETRIES_EXCEEDED"),
        ):
            spark.conf.get(SETTING)
    assert len(came) == asked


def test_a_query_whose_answer_could_not_be_read_is_not_begun_again(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, came = garbled(messages.ExecutePlanResponse.FromString, 9)
    call = spark.client._channel.unary_stream(
        f"{SERVICE}/ExecutePlan", messages.ExecutePlanRequest.SerializeToString, reader
    )
    monkeypatch.setattr(spark.client._stub, "ExecutePlan", call)
    with pytest.raises(SparkConnectGrpcException, match=UNREAD):
        spark.range(3).collect()
    assert len(came) == 1
