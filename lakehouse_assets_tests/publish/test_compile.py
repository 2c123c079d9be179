"""A contract becomes rules: every check one expression that is true for the rows that break it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandera.pyspark as pa
import pytest
from pandera.pyspark import DataFrameSchema, Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, references
from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.publish.compile import compile_contract, contract_schema
from lakehouse_assets.publish.rules import Reference, RuleSet
from lakehouse_assets_tests.publish.contracts import Everything, column, rules_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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


def test_a_key_of_a_column_that_is_not_there_is_refused_by_name_with_those_that_are() -> None:
    class Misspelt(Contract):
        """A contract whose key nobody has."""

        store: T.LongType = Field(description="the store")
        day: T.DateType = Field(description="the day")

        class Config:
            """One row for each store and day."""

            unique = ["store", "dya"]

    with pytest.raises(DeclarationError, match=r"Misspelt.*'dya'.*no column(.|\n)*store, day"):
        compile_contract(Misspelt)
