"""What the tests of the write modes share: tables of few columns, and what they make of it in plain Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from lakehouse_assets.declare import SOURCE, Contract, history, merge, silver

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]
EPOCH = datetime(2017, 1, 1, tzinfo=UTC)
MODIFIED = T.StructField("_source_modified", T.TimestampType())
DELIVERED = T.StructType(
    [
        T.StructField("case", T.LongType()),
        T.StructField("id", T.StringType()),
        T.StructField("price", T.LongType()),
        T.StructField("name", T.StringType()),
        T.StructField("gone", T.BooleanType()),
        T.StructField("valid_from", T.TimestampType()),
        MODIFIED,
        T.StructField("_source_file", T.StringType()),
        T.StructField("_source_row", T.LongType()),
    ]
)


class Price(Contract):
    """What a thing costs."""

    case: T.LongType = Field(description="which generated case it is of")
    id: T.LongType = Field(coerce=True, description="the thing")
    price: T.LongType = Field(nullable=True, ge=0, description="what it costs")
    name: T.StringType = Field(nullable=True, description="what it is called")

    class Config:
        """A thing has one price."""

        unique = ["case", "id"]


class Prices(Contract):
    """What a thing costs and cost."""

    case: T.LongType = Field(description="which generated case it is of")
    id: T.LongType = Field(coerce=True, description="the thing")
    price: T.LongType = Field(nullable=True, ge=0, description="what it costs")
    name: T.StringType = Field(nullable=True, description="what it is called")
    valid_from: T.TimestampType = Field(description="since when")
    valid_to: T.TimestampType = Field(nullable=True, description="until when")
    is_current: T.BooleanType = Field(description="whether still")

    class Config:
        """A thing has one price at a time."""

        unique = ["case", "id", "valid_from"]


@silver(contract=Price, write=merge(latest=["_source_modified"], deletes="gone"))
def price(bronze_prices: DataFrame) -> DataFrame:
    """The latest price."""
    return bronze_prices.drop("valid_from")


def observations(bronze_prices: DataFrame) -> DataFrame:
    """What was said when."""
    return bronze_prices.select("case", "id", "price", "name", "valid_from", *SOURCE)


prices = silver(contract=Prices, write=history())(observations)
full_lists = silver(contract=Prices, write=history(complete=True))(observations)


def time(day: int) -> datetime:
    """Midnight of a day, as a delivery has it."""
    return EPOCH + timedelta(days=day)


def days(result: Iterable[Row]) -> list[Row]:
    """Rows with days in the place of times, in an order of their own."""

    def day(value: datetime | None) -> int | None:
        return None if value is None else (value.replace(tzinfo=UTC) - EPOCH).days

    told = [row | {name: day(row[name]) for name in ("valid_from", "valid_to") if name in row} for row in result]
    return sorted(told, key=lambda row: str(sorted(row.items(), key=str)))


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Row]]:
    """Up to five files of up to six rows; some share a time, a few rows lack a key or a time."""
    files = []
    for number in range(draw(st.integers(1, 5))):
        day = draw(st.integers(0, 3))
        file = []
        for line in range(draw(st.integers(0, 6))):
            stamp = None if draw(st.integers(0, 11)) == 0 else time(day)
            file.append(
                {
                    "id": draw(st.sampled_from(["1", "1", "2", "02", "3", "x", None])),
                    "price": draw(st.sampled_from([None, -1, 0, 5])),
                    "name": draw(st.sampled_from([None, "", "a"])),
                    "gone": draw(st.sampled_from([None, False, True])),
                    "valid_from": stamp,
                    "_source_modified": time(day),
                    "_source_file": f"prices/{number}.csv",
                    "_source_row": line + 1,
                }
            )
        files.append(file)
    return files


def key_of(row: Row) -> int | None:
    """A key as the contract reads it: "02" is 2, "x" is none."""
    return int(row["id"]) if row["id"] and row["id"].isdigit() else None


def where_from(row: Row) -> tuple[str, int]:
    """The order among rows of one time."""
    return row["_source_file"], row["_source_row"]


def expected_price(rows: list[Row]) -> list[Row]:
    """What merge publishes or leaves to be rejected."""
    kept = [row for row in rows if key_of(row) is None]
    for key in {key_of(row) for row in rows} - {None}:
        latest = max((r for r in rows if key_of(r) == key), key=lambda r: (r["_source_modified"], where_from(r)))
        kept += [] if latest["gone"] else [latest]
    return [{name: row[name] for name in ("id", "price", "name", *SOURCE)} for row in kept]


def expected_versions(rows: list[Row], lists: list[datetime] | None) -> list[Row]:
    """What history publishes or leaves to be rejected; `lists` are the times of all full lists, if they are full."""
    whole = [row for row in rows if key_of(row) is not None and row["valid_from"] is not None]
    made = [row | {"valid_to": None, "is_current": False} for row in rows if row not in whole]
    whole.sort(key=lambda row: (key_of(row), row["valid_from"], where_from(row)))
    for _, of_key in groupby(whole, key=key_of):
        said = {row["valid_from"]: row for row in of_key}  # the last of each time
        open_: Row | None = None
        for at in sorted(lists if lists is not None else said):
            row = said.get(at)
            if open_ and (row is None or (row["price"], row["name"]) != (open_["price"], open_["name"])):
                made.append(open_ | {"valid_to": at, "is_current": False})
                open_ = None
            open_ = open_ or row
        if open_:
            made.append(open_ | {"valid_to": None, "is_current": True})
    columns = ("id", "price", "name", "valid_from", "valid_to", "is_current", *SOURCE)
    return [{name: row[name] for name in columns} for row in made]
