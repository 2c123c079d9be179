"""Hard cases as deliveries and tables: what engines are known to see differently, all in a few rows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from typing import TYPE_CHECKING

from pandera.pyspark import Field
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import (
    MADE_BY_HISTORY,
    SOURCE,
    Contract,
    bronze,
    csv,
    gold,
    history,
    merge,
    reconciles,
    rule,
    silver,
)
from lakehouse_assets.declare.partitions import Calendar
from lakehouse_assets.declare.table import Tolerance
from lakehouse_assets.transforms import latest, steady_sum

if TYPE_CHECKING:
    from pathlib import Path

    from lakehouse_assets.declare.table import Table

CALENDAR = Calendar("day", "daily", start=dt.date(2017, 1, 1), end=dt.date(2017, 1, 5))
DAYS = CALENDAR.keys()
ANYTHING = Tolerance(share=1.0)
MONEY = T.DecimalType(12, 2)
TEXT = T.StringType()


@bronze(csv("events"), partitions=CALENDAR, tolerance=ANYTHING)
class Events(Contract):
    """Events as they come, all text."""

    id: T.StringType = Field(nullable=True)
    name: T.StringType = Field(nullable=True)
    amount: T.StringType = Field(nullable=True)
    ratio: T.StringType = Field(nullable=True)
    at: T.StringType = Field(nullable=True)
    seq: T.StringType = Field(nullable=True)


class Event(Contract):
    """Typed events."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True)
    name: T.StringType = Field(nullable=True, str_length={"max_value": 20})
    amount: MONEY = Field(coerce=True, nullable=True, ge=-100)
    ratio: T.DoubleType = Field(coerce=True, nullable=True, le=1000)
    at: T.TimestampType = Field(coerce=True, nullable=True)
    seq: T.IntegerType = Field(coerce=True, nullable=True)

    @rule()
    def name_is_no_shout() -> Column:
        """Letters are compared as they are."""
        return F.col("name") != F.upper("name")

    @rule(warn=True)
    def at_its_day() -> Column:
        """The time is of the day."""
        return F.to_date("at") == F.col("day")

    class Config:
        """One row for each event."""

        unique = ["day", "id"]


KEPT = reconciles("amount", "bronze_events", warn=True)


@silver(contract=Event, partitions=CALENDAR, tolerance=ANYTHING, checks=[KEPT])
def events(bronze_events: DataFrame) -> DataFrame:
    """The last delivered of each event."""
    lines = latest(
        bronze_events, ["day", "id"], [F.desc_nulls_last("seq"), F.desc("_source_file"), F.desc("_source_row")]
    )
    return lines.select(*Event.names(), *SOURCE)


@silver(contract=Event, partitions=CALENDAR, tolerance=ANYTHING)
def all_events(bronze_events: DataFrame) -> DataFrame:
    """Every delivered event: keys that come twice are rejected."""
    return bronze_events.select(*Event.names(), *SOURCE)


class Latest(Contract):
    """What each event was last."""

    id: T.LongType = Field(coerce=True)
    name: T.StringType = Field(nullable=True)
    amount: MONEY = Field(coerce=True, nullable=True)
    ratio: T.DoubleType = Field(coerce=True, nullable=True)

    class Config:
        """One row for each event."""

        unique = ["id"]


@silver(contract=Latest, tolerance=ANYTHING, write=merge(latest=["seq"], deletes="gone"))
def latest_events(bronze_events: DataFrame) -> DataFrame:
    """Merged over all days; a name `gone` deletes."""
    marked = bronze_events.withColumn("gone", F.col("name") == "gone")
    return marked.select(*Latest.names(), "seq", "gone", *SOURCE)


class Version(Contract):
    """What each event was, and when."""

    id: T.LongType = Field(coerce=True)
    name: T.StringType = Field(nullable=True)
    ratio: T.DoubleType = Field(coerce=True, nullable=True)
    valid_from: T.TimestampType = Field(coerce=True)
    valid_to: T.TimestampType = Field(nullable=True)
    is_current: T.BooleanType = Field()

    class Config:
        """One version at a time."""

        unique = ["id", "valid_from"]


@silver(contract=Version, tolerance=ANYTHING, write=history())
def event_versions(bronze_events: DataFrame) -> DataFrame:
    """The history of each event by its own time."""
    return bronze_events.withColumn("valid_from", F.col("at")).select(*Version.names(but=MADE_BY_HISTORY), *SOURCE)


class Day(Contract):
    """Events of a day in figures."""

    day: T.DateType = Field()
    name: T.StringType = Field(nullable=True)
    events: T.LongType = Field()
    amount: T.DecimalType(14, 2) = Field(nullable=True)
    mean: T.DecimalType(12, 4) = Field(nullable=True)
    ratio: T.DoubleType = Field(nullable=True)
    most: T.DoubleType = Field(nullable=True)
    first_at: T.TimestampType = Field(nullable=True)

    class Config:
        """One row for each day and name."""

        unique = ["day", "name"]


@gold(contract=Day, partitions=CALENDAR, tolerance=ANYTHING, checks=[reconciles("amount", "silver_events")])
def days(silver_events: DataFrame) -> DataFrame:
    """Sums, a quotient of decimals, NaN among doubles, names in both cases."""
    return silver_events.groupBy("day", F.lower("name").alias("name")).agg(
        F.count(F.lit(1)).alias("events"),
        F.sum("amount").cast(T.DecimalType(14, 2)).alias("amount"),
        F.avg("amount").cast(T.DecimalType(12, 4)).alias("mean"),
        steady_sum(F.nanvl("ratio", F.lit(0.0))).alias("ratio"),
        F.max("ratio").alias("most"),
        F.min("at").alias("first_at"),
    )


TABLES: dict[str, Table] = {
    table.id: table for table in (Events, events, all_events, latest_events, event_versions, days)
}


class Lenient(Event):
    """Larger losses are fine by now, and so is any ratio."""

    amount: MONEY = Field(coerce=True, nullable=True, ge=-1000)
    ratio: T.DoubleType = Field(coerce=True, nullable=True)


def lenient() -> Table:
    """`all_events` under a contract that permits more."""
    declared = silver(contract=Lenient, partitions=CALENDAR, tolerance=ANYTHING)(all_events.function)
    return dataclasses.replace(declared, name=all_events.name)


HEADER = "id,name,amount,ratio,at,seq\n"
FILES = {
    "2017-01-01/a.csv": [
        "1,plain,1.10,0.5,2017-01-01 12:00:00,1",
        "1,tie,2.20,0.5,2017-01-01 12:00:01,1",  # the same id and number: the later row wins
        "2,\u00e9t\u00e9,0.005,NaN,2017-01-01 00:00:00,1",  # midnight; half a cent
        "3,\u00c9t\u00e9,-0.005,-0.0,2017-01-01T23:59:59.999999Z,2",
        "4,\U0001f642 \u4f60\u597d,1e3,0.0,2017-01-01 23:30:00-01:00,3",  # of the next day, in UTC
        "5,SHOUT,99999999999.99,1e20,2017-01-01 00:00:00 Europe/Berlin,",
        '6,"a, ""quoted"" name",.5,Infinity,2017-01-01,4',
        "7,,,,,",
        ",no id,1,1,2017-01-01 01:00:00,1",
        "8,too,many,values,in,this,line",
        "9, blank ,1.,1d, 2017-01-01 01:00:00 ,1",
        "10,a name that is too long for its column,1,1,2017-01-01 01:00:00,1",
    ],
    "2017-01-01/b.csv": [
        "1,later file,3.30,0.25,2017-01-01 12:00:02,1",
        "2,\u00e9t\u00e9,7,-NaN,2017-01-01 12:00:00,1",
    ],
    "2017-01-02/a.csv": [
        "1,plain,-1.10,0.1,2017-01-02 12:00:00,5",
        "2,gone,0,0.2,2017-01-02 12:00:00,5",
        "3,PLAIN,12.345,0.30000000000000004,2017-01-02 12:00:00,5",
        "4,Plain,12.344,0.1,2017-01-02 12:00:00,5",
        "11,it's,-100.01,0.7,2017-02-30 00:00:00,5",
        "99999999999999999999,huge,1,1,2017-01-02 00:00:00,1",
    ],
    "2017-01-03/a.csv": [],  # a header and nothing else
}
CHANGED = {
    "2017-01-02/a.csv": [
        "1,plain,-1.10,0.1,2017-01-02 12:00:00,5",
        "3,plain,12.345,0.3,2017-01-02 12:00:00,6",
        "12,new,5,NaN,2017-01-02 13:00:00,1",
    ],
    "2017-01-04/\u00fc b.csv": ["1,plain,9,0.0,2017-01-04 00:00:00,9", "3,\u00c9t\u00e9,9,-0.0,2017-01-04 00:00:00,9"],
}
WHEN = dt.datetime(2017, 1, 5, 3, 4, 5, 678901, tzinfo=dt.UTC)


def deliver(landing: Path, files: dict[str, list[str]], minutes: int) -> None:
    """Let files arrive, at a time that is the same in every home."""
    for name, lines in files.items():
        path = landing / "events" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8")
        at = (WHEN + dt.timedelta(minutes=minutes)).timestamp()
        os.utime(path, (at, at))
