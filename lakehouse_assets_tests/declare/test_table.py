"""Declaring a table: what could not be kept is refused at once, and a change of code is noticed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, Table, Tolerance, bronze, csv, gold, parquet, references, silver, volume
from lakehouse_assets.declare.partitions import Calendar
from lakehouse_assets.errors import DeclarationError
from lakehouse_assets.policies.freshness import NEVER_LATE
from lakehouse_assets.policies.maintenance import DEFAULTS, Maintenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

DAILY = Calendar("day", "daily", dt.date(2017, 1, 1), dt.date(2018, 1, 1))


class Sale(Contract):
    """What was sold."""

    day: T.DateType = Field()
    id: T.LongType = Field(gt=0)
    product: T.LongType = Field(metadata=references("silver_products", "product_id"))


def sales(bronze_sales: DataFrame) -> DataFrame:
    """Positive ones."""
    return bronze_sales.where("id > 0")


def contract_of(**columns: Any) -> type[Contract]:
    body = {"__annotations__": dict.fromkeys(columns, T.LongType), "__doc__": "Any.", **columns}
    return type("Any", (Contract,), body)


def test_a_table_is_what_its_function_its_contract_and_its_decorator_say() -> None:
    table = silver(contract=Sale, partitions=DAILY, owners=["team:sales"], tolerance=Tolerance(rows=3))(sales)
    assert (table.id, table.parameter, table.owners) == ("silver/sales", "silver_sales", ("team:sales",))
    assert table.description == "What was sold.\n\nPositive ones."
    assert (table.calendar, table.tolerance.rows, table.tolerance.share) == (DAILY, 3, 0.05)
    assert table.schema.names == ["day", "id", "product"]


def test_a_table_is_made_from_its_parameters_and_from_what_its_rules_refer_to() -> None:
    table = silver(contract=Sale)(sales)
    assert (table.arguments, table.inputs) == (("bronze_sales",), ("bronze_sales", "silver_products"))

    @silver(contract=Sale)
    def both(bronze_sales: DataFrame, silver_products: DataFrame) -> DataFrame:
        """Read and referred to: one input."""
        return bronze_sales.join(silver_products, "product")

    assert both.inputs == ("bronze_sales", "silver_products")


def test_calling_a_table_calls_its_function(spark: SparkSession) -> None:
    table = gold(contract=Sale)(sales)
    frame = spark.sql("select explode(array(-1, 2)) as id")
    assert [row.id for row in table(frame).collect()] == [2]
    assert [row.id for row in table(bronze_sales=frame).collect()] == [2]


def test_a_bronze_table_is_called_after_its_contract_and_computes_nothing(spark: SparkSession) -> None:
    @bronze(csv("till"), partitions=DAILY)
    class TillReceipts(Contract):
        """As delivered."""

        line: T.StringType = Field(nullable=True)

    assert (TillReceipts.id, TillReceipts.description, TillReceipts.inputs) == (
        "bronze/till_receipts",
        "As delivered.",
        (),
    )
    with pytest.raises(DeclarationError, match="computes nothing"):
        TillReceipts(spark.range(1))


@pytest.mark.parametrize(
    "parameter", ["sales", "transactions_bronze", "platinum_sales", "bronze", "Bronze_sales", "silver_Sales"]
)
def test_a_parameter_that_names_no_table_is_refused(parameter: str) -> None:
    namespace: dict[str, Callable[..., Any]] = {}
    exec(f"def sales({parameter}): ...", namespace)
    with pytest.raises(DeclarationError, match=rf"'{parameter}' names no table(.|\n)*<layer>_<table>"):
        silver(contract=contract_of(id=Field()))(namespace["sales"])


def test_a_rule_that_refers_to_no_table_is_refused() -> None:
    with pytest.raises(DeclarationError, match="'products' names no table"):
        silver(contract=contract_of(id=Field(metadata=references("products", "id"))))(sales)


@pytest.mark.parametrize("column", ["_source_file", "_x", "a b", "a,b", "sum(x)", "a=b", "a;b", "a\tb", "{a}"])
def test_a_column_name_that_is_reserved_or_unreadable_is_refused(column: str) -> None:
    contract = contract_of(id=Field(), other=Field(alias=column))
    with pytest.raises(DeclarationError) as refused:
        silver(contract=contract)(sales)
    assert f"column names [{column!r}] are reserved" in str(refused.value)


@pytest.mark.parametrize("others", [{"Id": Field()}, {"other": Field(alias="ID")}], ids=["by name", "by alias"])
def test_columns_that_differ_by_case_alone_are_refused(others: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match=r"'id', '(Id|ID)' are one name to Delta"):
        silver(contract=contract_of(id=Field(), **others))(sales)


def test_a_delivered_column_that_differs_from_the_partitions_by_case_alone_is_refused() -> None:
    with pytest.raises(DeclarationError, match="'Day', 'day' are one name to Delta"):
        bronze(csv("x"), partitions=DAILY)(contract_of(Day=Field(nullable=True)))


def test_a_partitioned_table_holds_its_partition_column() -> None:
    with pytest.raises(DeclarationError, match="lacks the partition column 'day'"):
        silver(contract=contract_of(id=Field()), partitions=DAILY)(sales)


def test_a_partitioned_bronze_table_need_not_because_its_folder_says_the_partition() -> None:
    table = bronze(csv("till"), partitions=DAILY)(contract_of(id=Field(nullable=True)))
    assert isinstance(table, Table)


def code_version(function: Callable[..., DataFrame], **options: Any) -> str:
    table = silver(**{"contract": Sale, "partitions": None, **options})(function)
    assert isinstance(table, Table)
    return table.code_version


def test_the_same_code_has_the_same_version() -> None:
    assert code_version(sales) == code_version(sales)
    assert len(code_version(sales)) == 16


def test_another_body_is_another_version() -> None:
    before = code_version(sales)

    def changed(bronze_sales: DataFrame) -> DataFrame:
        """Positive ones."""
        return bronze_sales.where("id > 1")

    changed.__name__ = "sales"
    assert code_version(changed) != before


def test_what_a_decorator_says_of_upkeep_is_no_reason_to_make_a_table_again() -> None:
    def plain() -> Table:
        @silver(contract=Sale, partitions=DAILY)
        def sold(bronze_sales: DataFrame) -> DataFrame:
            return bronze_sales

        return sold

    def kept() -> Table:
        @silver(contract=Sale, partitions=DAILY, owners=["team:sales"], freshness=NEVER_LATE, checks=[volume()])
        def sold(bronze_sales: DataFrame) -> DataFrame:
            return bronze_sales

        return sold

    assert kept().code_version == plain().code_version


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(contract_of(id=Field(gt=2)), id="a rule"),
        pytest.param(contract_of(id=Field(gt=1, nullable=True)), id="NULL allowed"),
        pytest.param(contract_of(id=Field(gt=1), more=Field(nullable=True)), id="a column more"),
        pytest.param(contract_of(number=Field(gt=1)), id="another name"),
    ],
)
def test_another_contract_is_another_version(changed: type[Contract]) -> None:
    before = code_version(sales, contract=contract_of(id=Field(gt=1)))
    assert code_version(sales, contract=contract_of(id=Field(gt=1))) == before
    assert code_version(sales, contract=changed) != before


def test_a_bronze_contract_with_rules_is_refused_because_bronze_keeps_whatever_came() -> None:
    with pytest.raises(DeclarationError, match="has rules: id__not_null, id__gt") as error:
        bronze(csv("till"))(contract_of(id=Field(gt=1)))
    assert "rules belong to silver" in str(error.value)


@pytest.mark.parametrize(
    ("optional", "said"),
    [(["idd"], r"files may lack \['idd'\], which are no columns"), (["id"], "files may lack every column")],
)
def test_what_files_may_lack_is_some_of_the_contracts_columns(optional: list[str], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        bronze(csv("till", optional=optional))(contract_of(id=Field(nullable=True)))


def test_another_source_is_another_version() -> None:
    contract = contract_of(id=Field(nullable=True), till=Field(nullable=True))
    sources = (csv("a"), csv("b"), parquet("a"), csv("a", optional=["till"]), csv("a", optional=["id"]))
    assert len({bronze(source)(contract).code_version for source in sources}) == len(sources)


def test_owners_and_tolerance_change_no_row_and_no_version() -> None:
    assert code_version(sales, owners=["team:sales"], tolerance=Tolerance(0.5)) == code_version(sales)


def test_a_table_is_maintained_as_its_layer_is_unless_it_says_otherwise() -> None:
    own = Maintenance(cluster_by=("id",), statistics=("id", "product"))
    assert silver(contract=Sale)(sales).maintenance == DEFAULTS["silver"]
    assert silver(contract=Sale, maintenance=own)(sales).maintenance == own
    assert DEFAULTS["bronze"].keep_days > DEFAULTS["gold"].keep_days, "what was delivered cannot be computed again"


@pytest.mark.parametrize("wrong", [Maintenance(cluster_by=("price",)), Maintenance(statistics=("day",))])
def test_maintenance_that_names_no_column_within_a_partition_is_refused(wrong: Maintenance) -> None:
    with pytest.raises(DeclarationError, match="no columns within a partition"):
        silver(contract=Sale, partitions=DAILY, maintenance=wrong)(sales)
