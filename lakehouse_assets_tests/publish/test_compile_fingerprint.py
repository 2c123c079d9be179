"""The fingerprint of a contract changes with what its rules demand, and with nothing else."""

from __future__ import annotations

from typing import Any

import pandera.pyspark as pa
import pytest
from pandera.pyspark import DataFrameSchema, Field
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, references, rule
from lakehouse_assets.publish.compile import compile_contract
from lakehouse_assets_tests.publish.contracts import Everything, column, rules_of


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
