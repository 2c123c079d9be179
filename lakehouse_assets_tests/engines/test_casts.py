"""Texts of all kinds become the same values on every engine, or on none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.publish.casts import cast

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.cluster

TEXTS = [
    *["", "  ", "1", " 1", "1 ", "\t1\n", "1.", "-.5", "+1", "--1", "1e3", "1E3", "1e-3", "1e400", "1,000", "1 000"],
    *["0x1f", "1d", "1f", "1L", "1.5D", "nan", "NaN", "-NaN", "inf", "-inf", "+inf", "Infinity", "-Infinity", "1_0"],
    *["\u0663", "\uff11", "\u22121", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1.9999"],
    *[
        "0.005",
        "-0.005",
        "1.115",
        "999999999999.995",
        "9999999999.99",
        "99999999.9999999",
        "00012",
        "99999999999999999999999999999999999999",
        "-0",
        "-0.0",
    ],
    *[
        "true",
        "TRUE",
        "t",
        "T",
        "y",
        "yes",
        "1.0",
        "on",
        "off",
        "0",
        "no",
        " true",
        "True ",
        "\u00a01",
        "\u20031",
        "1\0",
    ],
    *[
        "2017",
        "2017-1",
        "2017-01",
        "2017-1-2",
        "2017-01-02",
        " 2017-01-02",
        "2017-01-02 ",
        "2017-01-02T",
        "2017-01-02 x",
    ],
    *["2017-01-02Tx", "2017-01-02 03:04", "2017-01-02 03:04:05", "2017-01-02T03:04:05", "2017-01-02 03:04:05.1234567"],
    *[
        "2017-01-02 03:04:05Z",
        "2017-01-02 03:04:05+02:00",
        "2017-01-02 03:04:05 UTC",
        "2017-01-02 03:04:05 Europe/Berlin",
    ],
    *["2017-01-02 24:00:00", "2017-01-02 00:00:00-14:00", "2017-01-02 00:00:00+19:00", "2017-02-30", "2016-02-29"],
    *["20170102", "2017/01/02", "02-01-2017", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "+2017-01-02"],
    *["1582-10-10", "03:04:05", "1483326245", "now", "today", "epoch", "NULL", "\u00e9"],
]
KINDS = [
    *[T.ShortType(), T.IntegerType(), T.LongType(), T.DecimalType(12, 2), T.DecimalType(38, 10), T.DoubleType()],
    *[T.FloatType(), T.BooleanType(), T.DateType(), T.TimestampType(), T.TimestampNTZType()],
]


def values(session: SparkSession, kind: T.DataType) -> dict[str, Any]:
    frame = session.createDataFrame(pa.table({"text": TEXTS}))
    read = frame.select("text", cast(F.col("text"), T.StringType(), kind).alias("value")).toArrow()
    found = read["value"]
    if pa.types.is_temporal(found.type):  # Python knows no year beyond 9999
        found = found.cast(pa.int32() if pa.types.is_date(found.type) else pa.int64())
    return dict(zip(read["text"].to_pylist(), map(repr, found.to_pylist()), strict=True))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.simpleString())
def test_a_text_is_the_same_value_on_every_engine(
    spark: SparkSession, on_cluster: SparkSession, kind: T.DataType
) -> None:
    embedded = values(spark, kind)
    assert values(on_cluster, kind) == embedded
    assert len(embedded) == len(TEXTS)
    assert {value == "None" for value in embedded.values()} == {True, False}
