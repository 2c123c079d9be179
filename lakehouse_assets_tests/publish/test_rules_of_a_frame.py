"""What is judged of a frame as it is published: its columns, its keys, what it refers to, any number of rules."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable
from pandera.pyspark import Column as PanderaColumn
from pandera.pyspark import DataFrameModel, DataFrameSchema, Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, references
from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish.compile import compile_contract, contract_schema
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin
from lakehouse_assets_tests.publish.sales import (
    MONDAY,
    TUESDAY,
    Row,
    files_on_disk,
    publish_sales,
    quarantined,
    sales,
    stored,
    target,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


class Keyless(Contract):
    """Sales whose key may hold NULL and crosses days."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, gt=0)
    item: T.StringType = Field(nullable=True)

    class Config:
        """The key."""

        unique = ["id", "item"]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        pytest.param("select date'2017-01-02' day, '1' id", "column 'item' is missing", id="missing"),
        pytest.param(
            "select date'2017-01-02' day, '1' id, 'a' item, 1 more", "'more' is not in the contract", id="more"
        ),
        pytest.param(
            "select date'2017-01-02' day, '1' id, 7 item", "'item' is int, the contract says string", id="type"
        ),
    ],
)
def test_a_frame_that_does_not_fit_its_contract_is_refused_by_column(
    spark: SparkSession, lake: Settings, frame: str, said: str
) -> None:
    with pytest.raises(ContractError, match=said):
        judge(spark.sql(frame), target(lake), Range("day", (MONDAY,)))


@pytest.mark.parametrize(
    ("contract", "twins"),
    [
        pytest.param(Keyless, [(MONDAY, "1", None), (MONDAY, "1", None)], id="both NULL in a column of it"),
        pytest.param(Keyless, [(MONDAY, "1", "a"), (MONDAY, "1", "a")], id="equal"),
    ],
)
def test_rows_that_share_a_key_are_all_rejected(
    spark: SparkSession, lake: Settings, contract: type[Contract], twins: list[Row]
) -> None:
    to = target(lake, contract=contract)
    published = publish_sales(spark, to, [*twins, (MONDAY, 1, "other"), (MONDAY, 2, None)], (MONDAY,))
    assert stored(to.url) == [(MONDAY, 1, "other"), (MONDAY, 2, None)]
    assert quarantined(to) == [(MONDAY, 1, "unique__id__item")] * 2
    assert published.judgement.total.failures["unique__id__item"] == 2


def test_a_rejected_row_does_not_take_a_good_one_with_the_same_key_along(spark: SparkSession, lake: Settings) -> None:
    to = target(lake, contract=Keyless)
    publish_sales(
        spark, to, [(MONDAY, 1, "a"), (TUESDAY, 1, "a"), (TUESDAY, -1, "a"), (MONDAY, -1, "a")], (MONDAY, TUESDAY)
    )
    assert quarantined(to) == [
        (MONDAY, -1, "id__gt"),
        (MONDAY, 1, "unique__id__item"),
        (TUESDAY, -1, "id__gt"),
        (TUESDAY, 1, "unique__id__item"),
    ]


def many_rules() -> type[DataFrameModel]:
    """A contract with 140 rules: three flag columns, 20 of the rules for each of seven columns."""
    from pandera.pyspark import Check

    columns: dict[str, PanderaColumn] = {"day": PanderaColumn(T.DateType(), nullable=True)}
    for c in range(70):
        columns[f"c{c}"] = PanderaColumn(T.IntegerType(), [Check.gt(0), Check.lt(100)], nullable=True)
    schema = DataFrameSchema(columns)

    class Wide(DataFrameModel):
        @classmethod
        def to_schema(cls) -> DataFrameSchema:
            return schema

    return Wide


@pytest.mark.parametrize(("warn", "kept"), [(True, [1, 2]), (False, [1])])
def test_a_reference_sets_rows_apart_or_counts_them_and_lets_them_stay(
    spark: SparkSession, lake: Settings, warn: bool, kept: list[int]
) -> None:
    class Referring(Contract):
        """Items that a list names."""

        day: T.DateType = Field()
        id: T.LongType = Field(coerce=True)
        item: T.StringType = Field(metadata=references("silver_items", "item", warn=warn))

    to, items = target(lake, contract=Referring), spark.createDataFrame([("pear",)], "item string")
    frame = sales(spark, [(MONDAY, 1, "pear"), (MONDAY, 2, "nail")])
    publish(judge(frame, to, Range("day", (MONDAY,)), {"silver_items": items}), Origin("r"))
    assert [row[1] for row in stored(to.url)] == kept
    tally = judge(frame, to, Range("day", (MONDAY,)), {"silver_items": items}).judgement.tallies[MONDAY]
    assert tally.failures == {"item__in_silver_items": 1}


def test_a_contract_may_have_more_rules_than_a_long_has_bits(spark: SparkSession, lake: Settings) -> None:
    wide = many_rules()
    assert len(compile_contract(wide).rules) == 140
    to = dataclasses.replace(target(lake), schema=contract_schema(wide), rules=compile_contract(wide))
    day = dt.date.fromisoformat(MONDAY)
    good = (day, *[50] * 70)
    wrong = {0: 0, 31: 200, 32: -1, 62: 100, 63: 0, 69: 100}  # by column; rules 0, 63, 64, 125, 126, 139
    bad = [(day, *[value if c == at else 50 for c in range(70)]) for at, value in wrong.items()]
    worst = (day, *[wrong.get(c, 50) for c in range(70)])
    published = publish(
        judge(spark.createDataFrame([good, *bad, worst], to.schema), to, Range("day", (MONDAY,))), Origin("r")
    )
    broken = {f"c{at}__{'gt' if value <= 0 else 'lt'}" for at, value in wrong.items()}
    tally = published.judgement.tallies[MONDAY]
    assert (tally.accepted, tally.quarantined) == (1, 7)
    assert {rule: n for rule, n in tally.failures.items() if n} == dict.fromkeys(broken, 2)
    kept = DeltaTable(to.quarantine_url).to_pyarrow_table().to_pylist()
    assert sorted(sorted(row["_failed"]) for row in kept) == sorted([*([rule] for rule in broken), sorted(broken)])


def test_a_frame_that_is_never_twice_the_same_is_refused_once_its_key_fails(
    spark: SparkSession, lake: Settings
) -> None:
    frame = spark.range(200).selectExpr(
        "date'2017-01-02' day", "cast(1 + floor(rand() * 200) as string) id", "'a' item"
    )
    with pytest.raises(ContractError, match=r"different rows for unique__day__id(.|\n)*deterministic"):
        judge(frame, target(lake), Range("day", (MONDAY,)))
    assert files_on_disk(target(lake).url) == set()
