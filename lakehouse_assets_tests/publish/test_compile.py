"""A contract becomes rules: every check one expression that is true for the rows that break it."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import pandera.pyspark as pa
import pytest
from pandera.pyspark import DataFrameModel, DataFrameSchema, Field
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, references, rule
from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.publish.compile import BUILT_IN, compile_contract, contract_schema
from lakehouse_assets.publish.rules import Reference, RuleSet

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.publish.rules import RuleSet

NAN, INFINITE = math.nan, math.inf
WORDS = ["", "a", "ab", "abc", "b", "xab", "ä", None]


def rules_of(schema: DataFrameSchema) -> RuleSet:
    """Rules of a schema put together at run time."""

    class Built(DataFrameModel):
        @classmethod
        def to_schema(cls) -> DataFrameSchema:
            return schema

    return compile_contract(Built)


def column(kind: T.DataType, *checks: pa.Check, **options: Any) -> DataFrameSchema:
    """A schema of one column `c`."""
    return DataFrameSchema({"c": pa.Column(kind, checks=list(checks), **{"nullable": True, **options})})


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


class Everything(Contract):
    """A table with a rule of every kind."""

    id: T.LongType = Field(coerce=True, gt=0, description="its number")
    code: T.StringType = Field(coerce=True, isin=["b", "a"])
    amount: T.DecimalType(12, 2) = Field(nullable=True, ge=0, raise_warning=True)
    product: T.LongType = Field(nullable=True, metadata=references("silver_products", "product_id"))

    @rule()
    def small_ids_are_free() -> Column:
        """We give the first ones away."""
        return (F.col("id") > 10) | (F.col("amount") == 0)

    @rule(warn=True)
    def product_is_known() -> Column:
        """It may come later."""
        return F.col("product").isNotNull()

    class Config:
        """The key."""

        unique = ["id", "code"]


def test_rules_come_in_the_order_of_columns_then_row_rules_then_the_key() -> None:
    assert [(r.id, r.kind, r.warn) for r in compile_contract(Everything).rules] == [
        ("id__castable", "cast", False),
        ("id__not_null", "row", False),
        ("id__gt", "row", False),
        ("code__not_null", "row", False),  # text needs no cast
        ("code__isin", "row", False),
        ("amount__ge", "row", True),
        ("product__in_silver_products", "reference", False),
        ("small_ids_are_free", "row", False),
        ("product_is_known", "row", True),
        ("unique__id__code", "unique", False),
    ]


def test_a_reference_names_the_table_and_the_column_it_must_exist_in() -> None:
    (rule_,) = compile_contract(Everything).of_kind("reference")
    assert rule_.reference == Reference("silver_products", "product_id")
    assert rule_.columns == ("product",)


def test_a_reference_may_warn_and_then_demands_something_else() -> None:
    def referring(**options: Any) -> RuleSet:
        metadata = references("silver_products", "product_id", **options)
        body = {"__annotations__": {"c": T.LongType}, "c": Field(nullable=True, metadata=metadata), "__doc__": "One."}
        return compile_contract(type("One", (Contract,), body))

    assert not referring(warn=True).errors
    assert referring(warn=False).fingerprint == referring().fingerprint != referring(warn=True).fingerprint


def test_only_rules_that_do_not_warn_set_rows_apart() -> None:
    rules = compile_contract(Everything)
    assert {r.id for r in rules.rules} - {r.id for r in rules.errors} == {"amount__ge", "product_is_known"}


def test_a_row_rule_fails_rows_for_which_its_function_is_false_and_null_passes(spark: SparkSession) -> None:
    rule_ = compile_contract(Everything).by_id("small_ids_are_free")
    assert rule_.failed is not None
    frame = spark.createDataFrame([(1, 0), (2, 5), (11, 5), (3, None)], "id long, amount int")
    assert [row.id for row in frame.where(rule_.failed()).collect()] == [2]


def test_every_column_is_stored_nullable_with_its_description_as_comment() -> None:
    schema = contract_schema(Everything)
    assert [(f.name, f.dataType.simpleString(), f.nullable) for f in schema.fields] == [
        ("id", "bigint", True),
        ("code", "string", True),
        ("amount", "decimal(12,2)", True),
        ("product", "bigint", True),
    ]
    assert schema["id"].metadata == {"comment": "its number"}


def test_one_column_alone_may_be_the_key() -> None:
    schema = DataFrameSchema({"c": pa.Column(T.LongType())}, unique="c")
    assert [r.columns for r in rules_of(schema).of_kind("unique")] == [("c",)]


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param(column(T.LongType(), pa.Check(lambda data: data is None, name="odd")), id="of a column"),
        pytest.param(column(T.LongType(), pa.Check.unique_values_eq([1])), id="built in, of the whole column"),
        pytest.param(
            DataFrameSchema({"c": pa.Column(T.LongType())}, checks=[pa.Check(lambda data: data is None, name="odd")]),
            id="of the frame",
        ),
    ],
)
def test_a_check_that_has_no_expression_is_refused_by_name_with_a_remedy(schema: DataFrameSchema) -> None:
    with pytest.raises(DeclarationError, match=r"(odd|unique_values_eq).*cannot be compiled(.|\n)*@rule\(\)"):
        rules_of(schema)


def fingerprint(**rules: Any) -> str:
    """Of a contract with one column and these functions as rules."""
    body = {"__annotations__": {"c": T.LongType}, "c": Field(nullable=True), "__doc__": "One.", **rules}
    return compile_contract(type("One", (Contract,), body)).fingerprint


def test_the_order_in_which_rules_are_written_does_not_change_the_fingerprint() -> None:
    class Reordered(Contract):
        """The same in another order."""

        product: T.LongType = Field(nullable=True, metadata=references("silver_products", "product_id"))
        code: T.StringType = Field(isin=["a", "b"])
        amount: T.DecimalType(12, 2) = Field(nullable=True, raise_warning=True, ge=0)
        id: T.LongType = Field(gt=0, coerce=True)

        @rule(warn=True)
        def product_is_known() -> Column:
            """It may come later."""
            return F.col("product").isNotNull()

        @rule()
        def small_ids_are_free() -> Column:
            """We give the first ones away."""
            return (F.col("id") > 10) | (F.col("amount") == 0)

        class Config:
            """The key."""

            unique = ["id", "code"]

    assert compile_contract(Reordered).fingerprint == compile_contract(Everything).fingerprint


def test_comments_layout_and_reasons_in_a_rule_do_not_change_the_fingerprint() -> None:
    def plain() -> Column:
        return (F.col("c") > 1) & (F.col("c") < 9)

    written = plain

    def plain() -> Column:
        """Only the reason is new."""
        # And a comment.
        return (F.col("c") > 1) & (F.col("c") < 9)

    assert fingerprint(a=rule()(plain)) == fingerprint(a=rule()(written))


@pytest.mark.parametrize("what", ["body", "warning", "name"])
def test_what_a_rule_demands_changes_the_fingerprint(what: str) -> None:
    def positive() -> Column:
        return F.col("c") > 0

    before = positive
    if what == "body":

        def positive() -> Column:
            return F.col("c") > 1

    if what == "name":

        def is_positive() -> Column:
            return F.col("c") > 0

        positive = is_positive
    after = rule(warn=what == "warning")(positive)
    assert fingerprint(a=after) != fingerprint(a=rule()(before))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(column(T.LongType(), pa.Check.gt(2)), id="a bound"),
        pytest.param(column(T.LongType(), pa.Check.ge(1)), id="another check"),
        pytest.param(column(T.LongType(), pa.Check.gt(1, raise_warning=True)), id="a warning instead"),
        pytest.param(column(T.LongType(), pa.Check.gt(1), nullable=False), id="NULL no longer"),
        pytest.param(column(T.LongType(), pa.Check.gt(1), coerce=True), id="a cast"),
        pytest.param(column(T.LongType()), id="one rule less"),
        pytest.param(
            DataFrameSchema({"c": pa.Column(T.LongType(), pa.Check.gt(1), nullable=True)}, unique="c"), id="a key"
        ),
    ],
)
def test_what_a_field_demands_changes_the_fingerprint(changed: DataFrameSchema) -> None:
    before = rules_of(column(T.LongType(), pa.Check.gt(1)))
    assert rules_of(column(T.LongType(), pa.Check.gt(1))).fingerprint == before.fingerprint
    assert rules_of(changed).fingerprint != before.fingerprint
