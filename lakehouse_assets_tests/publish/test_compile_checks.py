"""Each of pandera's built-in checks fails exactly the values that break it, as the engine sees them."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import pandera.pyspark as pa
import pytest
from pandera.pyspark import DataFrameSchema
from pyspark.sql import types as T

from lakehouse_assets.publish.compile import BUILT_IN
from lakehouse_assets_tests.publish.contracts import column, rules_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAN, INFINITE = math.nan, math.inf
WORDS = ["", "a", "ab", "abc", "b", "xab", "ä", None]


def failing(spark: SparkSession, schema: DataFrameSchema, values: list[Any], rule_id: str) -> list[Any]:
    """The values that break the rule, in their order."""
    rule = rules_of(schema).by_id(rule_id)
    assert rule.failed is not None
    typed = T.StructType([T.StructField("c", schema.columns["c"].dtype.type), T.StructField("i", T.IntegerType())])
    frame = spark.createDataFrame([(v, i) for i, v in enumerate(values)], typed)
    return [row.c for row in frame.select("c", "i", rule.failed().alias("f")).orderBy("i").collect() if row.f]


LONGS = [-1, 0, 1, 2, 3, None]
DAYS = [dt.date(2017, 1, 1), dt.date(2017, 6, 1), dt.date(2018, 1, 1), None]
CASES: dict[str, tuple[T.DataType, pa.Check, list[Any], list[Any]]] = {
    "equal_to": (T.LongType(), pa.Check.eq(1), LONGS, [-1, 0, 2, 3]),
    "not_equal_to": (T.LongType(), pa.Check.ne(1), LONGS, [1]),
    "greater_than": (T.LongType(), pa.Check.gt(1), LONGS, [-1, 0, 1]),
    "greater_than_or_equal_to": (T.LongType(), pa.Check.ge(1), LONGS, [-1, 0]),
    "less_than": (T.LongType(), pa.Check.lt(1), LONGS, [1, 2, 3]),
    "less_than_or_equal_to": (T.LongType(), pa.Check.le(1), LONGS, [2, 3]),
    "in_range": (T.LongType(), pa.Check.in_range(0, 2), LONGS, [-1, 3]),
    "isin": (T.StringType(), pa.Check.isin(["a", "b"]), WORDS, ["", "ab", "abc", "xab", "ä"]),
    "notin": (T.StringType(), pa.Check.notin(["a", "b"]), WORDS, ["a", "b"]),
    "str_matches": (T.StringType(), pa.Check.str_matches("ab"), WORDS, ["", "a", "b", "xab", "ä"]),
    "str_contains": (T.StringType(), pa.Check.str_contains("b"), WORDS, ["", "a", "ä"]),
    "str_startswith": (T.StringType(), pa.Check.str_startswith("a"), WORDS, ["", "b", "xab", "ä"]),
    "str_endswith": (T.StringType(), pa.Check.str_endswith("b"), WORDS, ["", "a", "abc", "ä"]),
    "str_length": (T.StringType(), pa.Check.str_length(1, 2), WORDS, ["", "abc", "xab"]),
}


def test_no_built_in_check_is_without_a_case() -> None:
    assert CASES.keys() == BUILT_IN.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_built_in_check_fails_exactly_the_values_that_break_it_and_null_passes(
    spark: SparkSession, name: str
) -> None:
    kind, check, values, expected = CASES[name]
    assert failing(spark, column(kind, check), values, f"c__{BUILT_IN[name][0]}") == expected


@pytest.mark.parametrize(
    ("check", "rule_id", "values", "expected"),
    [
        pytest.param(pa.Check.in_range(0, 2, False, False), "in_range", LONGS, [-1, 0, 2, 3], id="open interval"),
        pytest.param(pa.Check.in_range(0, 2, True, False), "in_range", LONGS, [-1, 2, 3], id="half-open interval"),
        pytest.param(pa.Check.ge(dt.date(2017, 6, 1)), "ge", DAYS, DAYS[:1], id="dates"),
        pytest.param(pa.Check.str_length(min_value=2), "length", WORDS, ["", "a", "b", "ä"], id="shortest"),
        pytest.param(pa.Check.str_length(max_value=1), "length", WORDS, ["ab", "abc", "xab"], id="longest"),
        pytest.param(pa.Check.str_matches("a|b"), "matches", WORDS, ["", "xab", "ä"], id="each alternative anchored"),
        pytest.param(
            pa.Check.str_matches("^ab$"), "matches", WORDS, ["", "a", "abc", "b", "xab", "ä"], id="anchored twice"
        ),
        pytest.param(pa.Check.lt(2.0), "lt", [1.0, NAN, INFINITE, None], [NAN, INFINITE], id="NaN is the greatest"),
        pytest.param(pa.Check.gt(2.0), "gt", [1.0, NAN, -INFINITE, None], [1.0, -INFINITE], id="NaN exceeds"),
    ],
)
def test_the_bounds_of_a_check_are_kept(
    spark: SparkSession, check: pa.Check, rule_id: str, values: list[Any], expected: list[Any]
) -> None:
    known = next(v for v in values if v is not None)
    kind = {str: T.StringType(), float: T.DoubleType(), dt.date: T.DateType(), int: T.LongType()}[type(known)]
    assert str(failing(spark, column(kind, check), values, f"c__{rule_id}")) == str(expected)


def test_a_check_that_minds_null_fails_null(spark: SparkSession) -> None:
    schema = column(T.LongType(), pa.Check.gt(1, ignore_na=False))
    assert failing(spark, schema, LONGS, "c__gt") == [-1, 0, 1, None]


def test_a_column_that_may_not_be_null_fails_null_only(spark: SparkSession) -> None:
    assert failing(spark, column(T.DoubleType(), nullable=False), [0.0, None, NAN], "c__not_null") == [None]
