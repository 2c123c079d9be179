"""History by given and expected rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pandera.pyspark import Field
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import SOURCE, Contract, history, silver
from lakehouse_assets.declare.targets import range_of, target_of
from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.given import frame, rows

GIVEN = T.StructType(
    [
        T.StructField("shop", T.LongType()),
        T.StructField("size", T.StringType()),
        T.StructField("since", T.StringType()),
        T.StructField("_source_file", T.StringType()),
        T.StructField("_source_row", T.LongType()),
    ]
)


class Shop(Contract):
    """A shop as it was at a time."""

    shop: T.LongType = Field()
    size: T.LongType = Field(nullable=True, coerce=True, ge=0)
    since: T.TimestampType = Field(coerce=True)
    valid_to: T.TimestampType = Field(nullable=True)
    is_current: T.BooleanType = Field()

    class Config:
        """A shop has one size at a time."""

        unique = ["shop", "since"]


@pytest.fixture
def given(spark: SparkSession):
    def build(*lines: tuple[int | None, str | None, str | None]) -> DataFrame:
        return frame(
            spark,
            GIVEN,
            [
                {"shop": shop, "size": size, "since": since, "_source_file": f"shops/{since}.csv", "_source_row": i}
                for i, (shop, size, since) in enumerate(lines, start=1)
            ],
        )

    return build


def shops(bronze_shops: DataFrame) -> DataFrame:
    """As delivered."""
    return bronze_shops


partly = silver(contract=Shop, write=history(valid_from="since"))(shops)
fully = silver(contract=Shop, write=history(valid_from="since", complete=True))(shops)


def told(result: DataFrame) -> list[tuple[Any, ...]]:
    """Shop, size, from, to and whether it is current, by time."""
    to = F.date_format("valid_to", "yyyy-MM-dd").alias("to")
    found = [tuple(row.values()) for row in rows(result.select("shop", "size", "since", to, "is_current"))]
    return sorted(found, key=lambda row: (str(row[0]), str(row[2])))


def test_a_change_ends_one_version_and_opens_the_next(given) -> None:
    assert told(partly(given((1, "10", "2017-01-01"), (1, "20", "2017-02-01"), (2, "5", "2017-02-01")))) == [
        (1, "10", "2017-01-01", "2017-02-01", False),
        (1, "20", "2017-02-01", None, True),
        (2, "5", "2017-02-01", None, True),
    ]


def test_the_same_again_is_the_same_version_and_comes_from_where_it_was_first_said(given) -> None:
    result = partly(given((1, "10", "2017-01-01"), (1, "010", "2017-02-01"), (1, "10", "2017-03-01")))
    assert told(result) == [(1, "10", "2017-01-01", None, True)]
    assert rows(result, *SOURCE) == [{"_source_file": "shops/2017-01-01.csv", "_source_row": 1}]


def test_an_unknown_value_is_a_value_and_one_that_cannot_be_read_is_another(given) -> None:
    observed = given((1, None, "2017-01-01"), (1, "many", "2017-02-01"), (1, "more", "2017-03-01"))
    assert [row[1] for row in told(partly(observed))] == [None, "many", "more"]


def test_a_key_that_a_full_list_leaves_out_has_ended_and_may_come_back(given) -> None:
    observed = given(
        (1, "10", "2017-01-01"), (2, "5", "2017-01-01"), (2, "5", "2017-02-01"), (1, "10", "2017-03-01"),
        (2, "5", "2017-03-01"), (1, "10", "2017-04-01"),
    )  # fmt: skip
    assert told(fully(observed)) == [
        (1, "10", "2017-01-01", "2017-02-01", False),
        (1, "10", "2017-03-01", None, True),
        (2, "5", "2017-01-01", "2017-04-01", False),
    ]


def test_without_full_lists_a_key_stays_as_it_was_last_seen(given) -> None:
    observed = given((1, "10", "2017-01-01"), (2, "5", "2017-02-01"), (1, "10", "2017-03-01"))
    assert told(partly(observed)) == [(1, "10", "2017-01-01", None, True), (2, "5", "2017-02-01", None, True)]


def test_a_bad_observation_is_quarantined_as_the_version_that_it_opens(given, spark, lake: Settings) -> None:
    """What it replaced is no longer true: the table has a gap, and says so, rather than an old value."""
    observed = given((1, "10", "2017-01-01"), (1, "-1", "2017-02-01"), (1, "20", "2017-03-01"), (2, "x", "2017-01-01"))
    staged = judge(partly(observed), target_of(partly, lake), range_of(partly))
    assert (staged.judgement.total.accepted, staged.judgement.total.quarantined) == (2, 2)
    assert (staged.judgement.total.failures["size__ge"], staged.judgement.total.failures["size__castable"]) == (1, 1)
    good = spark.read.parquet(f"{staged.staging.root}/{staged.staging.folder}").where("size in (10, 20)")
    assert sorted((row["size"], row["since"].month, row["is_current"]) for row in rows(good)) == [
        (10, 1, False),
        (20, 3, True),
    ]
    (ended,) = [row["valid_to"] for row in rows(good) if row["size"] == 10]
    assert ended.replace(tzinfo=UTC) == datetime(2017, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("table", [partly, fully], ids=["partly", "fully"])
def test_observations_without_key_or_time_are_left_to_be_rejected_one_by_one(given, table) -> None:
    lost = [(None, "1", "2017-01-01"), (None, "1", "2017-01-01"), (1, "1", None), (1, "1", "soon"), (1, "1", "soon")]
    result = told(table(given(*lost, (1, "1", "2017-01-05"))))
    assert len(result) == 6
    assert [row for row in result if row[4]] == [(1, "1", "2017-01-05", None, True)]
    assert all(row[3] is None for row in result)


def test_a_list_that_names_nobody_ends_nothing(given) -> None:
    observed = given((1, "10", "2017-01-01"), (None, "10", "2017-02-01"))
    assert [row for row in told(fully(observed)) if row[0]] == [(1, "10", "2017-01-01", None, True)]


def test_a_wide_row_is_compared_in_all_its_columns(spark: SparkSession) -> None:
    """As many conditions as columns: nested one in another they would be too deep for an engine."""
    numbers = [f"n{i}" for i in range(80)]
    columns = {"id": T.LongType, **dict.fromkeys(numbers, T.LongType), "valid_from": T.TimestampType}
    columns |= {"valid_to": T.TimestampType, "is_current": T.BooleanType}
    body = {name: Field(nullable=name not in ("id", "valid_from", "is_current")) for name in columns}
    config = type("Config", (), {"unique": ["id", "valid_from"]})
    contract = type("Wide", (Contract,), body | {"__annotations__": columns, "__doc__": "Wide.", "Config": config})
    wide = silver(contract=contract, write=history())(shops)
    given = T.StructType([field for field in wide.schema.fields if field.name not in ("valid_to", "is_current")])
    observed = [{"n0": 1, "n79": 1, "valid_from": datetime(2017, 1, day, tzinfo=UTC)} for day in (1, 2, 3)]
    observed[2]["n79"] = 2
    assert rows(wide(frame(spark, given, observed, id=1)), "n79", "is_current") == [
        {"n79": 1, "is_current": False},
        {"n79": 2, "is_current": True},
    ]


def test_a_function_that_makes_the_columns_of_a_history_itself_is_refused(given) -> None:
    observed = given((1, "10", "2017-01-01")).withColumn("is_current", F.lit(True))
    with pytest.raises(ContractError, match=r"\['is_current'\], which write=history\(\.\.\.\) makes(.|\n)*leave them"):
        partly(observed)
