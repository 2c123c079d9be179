"""Rows that belong to no partition are taken out where that is cheap, and rows that somebody gives up."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import types as T

from lakehouse_assets.errors import ConflictError
from lakehouse_assets.publish import cleanup
from lakehouse_assets.publish.cleanup import discard, drop, withdraw
from lakehouse_assets.publish.marks import QUARANTINED, Marks, publications_before
from lakehouse_assets.publish.quarantine import append, quarantine_schema
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Target
from lakehouse_assets.publish.verdict import RAW
from lakehouse_assets.publish.writer import arrow_schema

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

DAYS = ("2017-01-02", "2017-01-03", "2017-01-04")
NOW = dt.datetime.now(dt.UTC)


def number(publication: int, hours_ago: int = 0) -> int:
    """The number of a publication that was begun so long ago."""
    return publications_before(NOW - dt.timedelta(hours=hours_ago)) + publication


@pytest.fixture
def to(lake: Settings) -> Target:
    schema = T.StructType([T.StructField("id", T.LongType())])
    return Target("silver/t", lake.table_url("silver", "t"), lake.table_url("q", "t"), schema, "day")


def put(to: Target, publication: int, *slots: str, hours_ago: int = 0, failed: str = "r0") -> None:
    """A row in quarantine for each of these, as `<slot> <publication>`."""
    own = number(publication, hours_ago)
    rows = [
        {"_partition": s, "_failed": [failed], RAW: f"{s} {publication}", "_judged_at": NOW, "_publication": own}
        for s in slots
    ]
    append(to, pa.Table.from_pylist(rows, arrow_schema(quarantine_schema())).to_batches(), {}, own)


def marked(**publications: int) -> Marks:
    """As a table's log marks its partitions; of d0 to d2 the days."""
    return Marks({QUARANTINED + DAYS[int(name[1])]: number(n) for name, n in publications.items()})


def physically(to: Target) -> list[str]:
    """Every row, whether it belongs to a partition or not."""
    return sorted(DeltaTable(to.quarantine_url).to_pyarrow_table()[RAW].to_pylist())


def test_where_nothing_was_ever_quarantined_nothing_belongs_and_nothing_is_made(to: Target) -> None:
    withdraw(to, Range("day", DAYS), number(2), Marks(), 0)
    discard(to, number(1))
    assert drop(to.quarantine_url, {DAYS[0]: number(1)}, None, {}) == 0
    assert not DeltaTable.is_deltatable(to.quarantine_url)


@pytest.mark.parametrize("most", [cleanup.MOST_NAMED, 2], ids=["named at once", "named in parts"])
def test_what_a_publication_replaced_is_taken_out_and_nothing_else(
    to: Target, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(cleanup, "MOST_NAMED", most)
    put(to, 1, *DAYS)
    put(to, 2, *DAYS)
    put(to, 3, *DAYS)
    withdraw(to, Range("day", DAYS[:1]), number(3), marked(d0=1, d1=1), 1)
    assert physically(to) == sorted(f"{d} {n}" for n in (1, 2, 3) for d in DAYS if (d, n) != (DAYS[0], 1))
    withdraw(to, Range("day", DAYS), number(3), marked(d0=1, d1=1, d2=2), 3)
    assert physically(to) == [f"{d} 3" for d in DAYS]


def test_rows_of_a_publication_that_never_came_about_are_taken_out_after_a_day(to: Target) -> None:
    put(to, 1, DAYS[0], hours_ago=25)
    put(to, 2, DAYS[0], hours_ago=20)
    put(to, 3, *DAYS[:2])
    withdraw(to, Range("day", DAYS[:1]), number(3), Marks(), 2)
    assert physically(to) == [f"{DAYS[0]} 2", f"{DAYS[0]} 3", f"{DAYS[1]} 3"]


def test_rows_stay_where_far_more_would_have_to_be_written_anew(to: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "CHEAP", 2)
    put(to, 1, *DAYS)
    put(to, 2, *DAYS)
    before = DeltaTable(to.quarantine_url).version()
    withdraw(to, Range("day", DAYS), number(2), marked(d0=1, d1=1, d2=1), 2)
    assert DeltaTable(to.quarantine_url).version() == before
    withdraw(to, Range("day", DAYS), number(2), marked(d0=1, d1=1, d2=1), 3)
    assert physically(to) == [f"{d} 2" for d in DAYS]


def test_where_no_other_rows_are_no_commit_is_made(to: Target) -> None:
    put(to, 1, *DAYS)
    withdraw(to, Range("day", DAYS), number(1), Marks(), 3)
    assert DeltaTable(to.quarantine_url).version() == 0


def test_a_publication_that_was_given_up_is_taken_out_whole_and_alone(to: Target) -> None:
    put(to, 1, *DAYS)
    put(to, 2, *DAYS)
    discard(to, number(2))
    assert physically(to) == [f"{d} 1" for d in DAYS]


@pytest.mark.parametrize("most", [cleanup.MOST_NAMED, 2], ids=["named at once", "named in parts"])
def test_dropping_gives_up_the_rows_that_belong_to_these_partitions_and_counts_them(
    to: Target, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(cleanup, "MOST_NAMED", most)
    put(to, 1, *DAYS)
    put(to, 2, *DAYS, failed="r2")
    assert drop(to.quarantine_url, dict.fromkeys(DAYS, number(2)), "r0", {"who": "ann"}) == 0
    assert drop(to.quarantine_url, {}, None, {"who": "ann"}) == 0
    assert drop(to.quarantine_url, dict.fromkeys(DAYS, number(2)), "r2", {"who": "ann"}) == 3
    assert physically(to) == [f"{d} 1" for d in DAYS]
    told = [json.loads(one["lakehouse"]) for one in DeltaTable(to.quarantine_url).history() if "lakehouse" in one]
    dropped = [one["dropped"] for one in told if one.get("who") == "ann" and one["dropped"]["rule"] == "r2"]
    assert sorted(day for one in dropped for day in one["partitions"]) == list(DAYS)


def test_rows_that_belong_to_nobody_any_more_are_not_counted_as_dropped(to: Target) -> None:
    put(to, 1, *DAYS)
    put(to, 2, DAYS[2])  # whose first row is still there, as after a run that was killed
    belongs = {DAYS[0]: number(1), DAYS[1]: number(1), DAYS[2]: number(2)}
    assert drop(to.quarantine_url, belongs, None, {}) == 3


def test_a_drop_that_another_writer_overtook_conflicts_and_gives_nothing_up(
    to: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(to, 1, *DAYS)
    stale = DeltaTable(to.quarantine_url)
    assert drop(to.quarantine_url, {DAYS[0]: number(1)}, None, {}) == 1
    monkeypatch.setattr(cleanup, "open_table", lambda _: stale)
    with pytest.raises(ConflictError, match="another writer was faster") as error:
        drop(to.quarantine_url, dict.fromkeys(DAYS, number(1)), None, {})
    assert (error.value.where, error.value.remedy) == (to.quarantine_url, "run it again: nothing was given up")
    assert physically(to) == [f"{day} 1" for day in DAYS[1:]]
