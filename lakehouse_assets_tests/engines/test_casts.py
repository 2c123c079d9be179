"""Texts and numbers of all kinds become the same values on every engine, or on none."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.publish.casts import TIMES, agreed, cast

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
    *[
        "\x0b12",
        "9\x7f",
        "1\x1f",
        "1\u2028",
        "1.5\u0085",
        "\x1f2017-01-02",
        "2017-01-02\nx",
        "1483\n26245\r",
        "+3599025",
    ],
    *["2017-01-02 03:04:05\x1f+18:00", "2017-01-02 03:04:05+1:00\u0085", "20175-01-02 03:04:05\0+02:00", "2017-01\r"],
    *["1582-10-10", "03:04:05", "1483326245", "now", "today", "epoch", "NULL", "\u00e9"],
]
KINDS = [
    *[T.ShortType(), T.IntegerType(), T.LongType(), T.DecimalType(12, 2), T.DecimalType(38, 10), T.DoubleType()],
    *[T.FloatType(), T.BooleanType(), T.DateType(), T.TimestampType(), T.TimestampNTZType()],
]
DOUBLES = [
    *[
        0.0,
        -0.0,
        1.005,
        -586107.945,
        2.675,
        0.49999999999999994,
        1e-20,
        0.1,
        1234567.125,
        999999999999999.9,
        1e15 + 0.5,
    ],
    *[2.0**31, 2.0**53, 9.223372036854775e18, 2.0**63, 1e20, -9.033269712028046e28, 1e300, math.nan, math.inf, None],
]
DECIMALS = ["-66231351.7529383764", "9141087566.0319495050", "-991023439273908684740812.4096761598", "0.0000000001"]
STAMPS = [0, -1, 1483326245123456, -62135596800000000, 253402300799999999]
GIVEN: dict[T.DataType, pa.Array] = {
    T.DoubleType(): pa.array(DOUBLES, pa.float64()),
    T.FloatType(): pa.array([value and np.float32(value) for value in DOUBLES[:-4]], pa.float32()),
    T.DecimalType(38, 10): pa.array([Decimal(text) for text in DECIMALS], pa.decimal128(38, 10)),
    T.LongType(): pa.array([0, 1, -1, 128, 2**31, 2**63 - 1, -(2**63), 1483326245, 4476532386612339567], pa.int64()),
    T.BooleanType(): pa.array([True, False, None]),
    T.DateType(): pa.array([0, -719162, 2932896, 17167], pa.date32()),
    T.TimestampType(): pa.array(STAMPS, pa.timestamp("us", "UTC")),
    T.TimestampNTZType(): pa.array(STAMPS, pa.timestamp("us")),
}


def values(session: SparkSession, given: T.DataType, array: pa.Array, kind: T.DataType) -> list[str]:
    frame = session.createDataFrame(pa.table({"place": range(len(array)), "came": array}))
    read = frame.select("place", cast(F.col("came"), given, kind).alias("value")).toArrow().sort_by("place")
    found = read["value"]
    if pa.types.is_temporal(found.type):  # Python knows no year beyond 9999
        found = found.cast(pa.int32() if pa.types.is_date(found.type) else pa.int64())
    return [repr(value) for value in found.to_pylist()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.simpleString())
def test_a_text_is_the_same_value_on_every_engine(
    spark: SparkSession, on_cluster: SparkSession, kind: T.DataType
) -> None:
    embedded = values(spark, T.StringType(), pa.array(TEXTS), kind)
    assert values(on_cluster, T.StringType(), pa.array(TEXTS), kind) == embedded
    assert {value == "None" for value in embedded} == {True, False}


@pytest.mark.parametrize("given", GIVEN, ids=lambda kind: kind.simpleString())
def test_what_is_no_text_becomes_the_same_value_on_every_engine(
    spark: SparkSession, on_cluster: SparkSession, given: T.DataType
) -> None:
    kinds = [kind for kind in (*KINDS, T.DecimalType(38, 18)) if agreed(given, kind)]
    for kind in kinds:
        embedded = values(spark, given, GIVEN[given], kind)
        assert values(on_cluster, given, GIVEN[given], kind) == embedded, kind
        assert set(embedded) != {"None"}
    assert len(kinds) >= len(TIMES)
