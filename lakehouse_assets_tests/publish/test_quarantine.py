"""Rows of the quarantine belong to a partition by the table's marks alone."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import types as T

from lakehouse_assets.errors import ConflictError
from lakehouse_assets.publish import quarantine
from lakehouse_assets.publish.commit import Change, commit
from lakehouse_assets.publish.marks import QUARANTINED, Marks
from lakehouse_assets.publish.quarantine import (
    append,
    as_quarantined,
    current,
    quarantine_schema,
    quarantined,
    renumbered,
)
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.rules import Rule, RuleSet
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.publish.verdict import FLAGS, RAW, REASON, SLOT
from lakehouse_assets.publish.writer import arrow_schema
from lakehouse_assets_tests.publish.sales import files_on_disk

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

DAYS = ("2017-01-02", "2017-01-03", "2017-01-04")
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def to(lake: Settings) -> Target:
    schema = T.StructType([T.StructField("id", T.LongType())])
    rules = RuleSet(tuple(Rule(f"r{i}", "row", (), "", warn=i == 1) for i in range(65)))
    return Target("silver/t", lake.table_url("silver", "t"), lake.table_url("q", "t"), schema, "day", rules)


def put(to: Target, publication: int, *slots: str, judged: dt.datetime = NOW, failed: str = "r0") -> int:
    """A row in quarantine for each of these, as `<slot> <publication>`."""
    rows = [
        {
            "_partition": s,
            "_failed": [failed],
            RAW: f"{s} {publication}",
            "_judged_at": judged,
            "_publication": publication,
        }
        for s in slots
    ]
    return append(to, pa.Table.from_pylist(rows, arrow_schema(quarantine_schema())).to_batches(), {}, publication)


def marked(**publications: int) -> Marks:
    """As a table's log marks its partitions; of d0 to d2 the days."""
    return Marks({QUARANTINED + DAYS[int(name[1])]: number for name, number in publications.items()})


def belonging(to: Target, marks: Marks, slots: tuple[str, ...] | None = None) -> list[str]:
    return sorted(current(to.quarantine_url, marks, slots)[RAW].to_pylist())


@pytest.mark.parametrize("most", [quarantine.MOST_NAMED, 1], ids=["by a predicate", "of more than one can name"])
def test_rows_belong_to_the_publication_that_their_partition_is_marked_with(
    to: Target, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(quarantine, "MOST_NAMED", most)
    put(to, 1, *DAYS)
    put(to, 2, *DAYS[:2])
    marks = marked(d0=1, d1=2, d2=3)
    assert belonging(to, marks) == [f"{DAYS[0]} 1", f"{DAYS[1]} 2"]
    assert belonging(to, marks, DAYS[1:]) == [f"{DAYS[1]} 2"]
    assert belonging(to, Marks()) == []


def test_a_table_of_one_version_has_its_rejected_rows(to: Target) -> None:
    put(to, 1, *DAYS)
    first = Change(Range.whole(), files=(), schema=to.schema, message={}, marks={QUARANTINED + DAYS[0]: 1})
    assert commit(to.url, first).version == 0
    assert quarantined(to.url, to.quarantine_url)["_partition"].to_pylist() == [DAYS[0]]


def test_of_a_table_that_changes_each_time_it_is_read_no_rows_are_told(
    to: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = count()
    monkeypatch.setattr(quarantine, "current_version", lambda _: next(versions))
    monkeypatch.setattr(Marks, "of", lambda *_: Marks())
    with pytest.raises(ConflictError, match="changed each time") as error:
        quarantined(to.url, to.quarantine_url)
    assert (error.value.where, error.value.remedy) == (to.url, "wait until its runs are done")


def test_the_quarantine_says_whose_it_is_and_what_its_commits_added(to: Target) -> None:
    assert put(to, 7, *DAYS) == 3
    table = DeltaTable(to.quarantine_url)
    assert (table.metadata().name, "silver/t" in table.metadata().description) == ("quarantine/silver/t", True)
    told = json.loads(table.history()[0]["lakehouse"])
    assert (told["quarantined"], told["publication"]) == (3, 7)


def test_of_rows_that_cannot_be_read_to_their_end_nothing_stays(to: Target) -> None:
    put(to, 1, DAYS[0])
    before = files_on_disk(to.quarantine_url)

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist([{"_publication": 2}], arrow_schema(quarantine_schema()))
        raise ValueError("no more of them")

    with pytest.raises(ValueError, match="no more of them"):
        append(to, batches(), {}, 2)
    assert files_on_disk(to.quarantine_url) == before


def test_renumbered_rows_are_the_same_under_another_publication(to: Target) -> None:
    put(to, 1, *DAYS)
    before = current(to.quarantine_url, marked(d0=1, d1=1, d2=1))
    after = renumbered(before, 2**62)
    assert after["_publication"].to_pylist() == [2**62] * 3
    assert after.drop_columns("_publication") == before.drop_columns("_publication")
    assert after.schema == before.schema


def rejected(**columns: Any) -> pa.RecordBatch:
    return pa.record_batch({SLOT: ["2017-01-02"], REASON: ["why"], RAW: ["as it came"], **columns})


def test_a_rejected_row_names_the_rules_it_broke_and_not_those_that_only_warn(to: Target) -> None:
    batch = rejected(**{f"{FLAGS}1": pa.array([0b11], pa.int64()), f"{FLAGS}0": pa.array([0b111], pa.int64())})
    (row,) = as_quarantined(batch, to, Origin("run-7"), 5).to_pylist()
    assert row["_failed"] == ["r0", "r2", "r63", "r64"]
    assert (row["_partition"], row[REASON], row[RAW]) == ("2017-01-02", "why", "as it came")
    assert (row["_run_id"], row["_rules"], row["_publication"]) == ("run-7", to.rules.fingerprint, 5)
    assert (row["_source_file"], row["_source_row"]) == (None, None)
    assert abs(row["_judged_at"] - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_a_flag_column_without_flags_means_that_none_of_its_rules_was_broken(to: Target) -> None:
    batch = rejected(**{f"{FLAGS}0": pa.array([None], pa.int64()), f"{FLAGS}1": pa.array([0b1], pa.int64())})
    assert as_quarantined(batch, to, Origin("r"), 5).to_pylist()[0]["_failed"] == ["r63"]
