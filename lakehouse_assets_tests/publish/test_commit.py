"""The one commit: what it adds, what leaves, and what it never does twice."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import types as T

from lakehouse_assets.errors import ConflictError, OutsideRangeError, SchemaDriftError
from lakehouse_assets.publish import commit as module
from lakehouse_assets.publish.commit import Change, Committed, active_files, commit
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.staging import StagedFile, new_folder, read_staging
from lakehouse_assets.publish.verdict import REJECTED, SLOT
from lakehouse_assets.publish.writer import SlotWriter

MONDAY, TUESDAY = "2017-01-02", "2017-01-03"
BOTH = Range("day", (MONDAY, TUESDAY))
SCHEMA = T.StructType([T.StructField("id", T.LongType()), T.StructField("day", T.StringType())])
PLAIN = T.StructType(SCHEMA.fields[:1])


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "t")


def staged(url: str, slot: str, *ids: int, column: str | None = "day") -> tuple[StagedFile, ...]:
    folder = new_folder()
    with SlotWriter(url, folder, column, slot) as writer:
        rows = {"id": pa.array(ids, pa.int64())}
        writer.write(pa.record_batch(rows | {SLOT: [MONDAY] * len(ids)} if slot == REJECTED else rows))
    return read_staging(url, folder).files


def change(range_: Range, *files: StagedFile, **options: Any) -> Change:
    return Change(range_, files, **{"schema": SCHEMA if range_.column else PLAIN, "message": {}, **options})


def ids(url: str) -> list[int]:
    return sorted(DeltaTable(url).to_pyarrow_table()["id"].to_pylist())


def actions(url: str, version: int, kind: str) -> list[dict[str, Any]]:
    lines = Path(url, "_delta_log", f"{version:020d}.json").read_text().splitlines()
    return [action[kind] for line in lines if kind in (action := json.loads(line))]


def test_of_the_files_of_a_range_those_stay_that_are_kept(url: str) -> None:
    monday, tuesday = staged(url, MONDAY, 1), staged(url, TUESDAY, 2)
    commit(url, change(BOTH, *monday, *tuesday))
    commit(url, change(BOTH, *staged(url, MONDAY, 3), keep=frozenset({tuesday[0].path})))
    assert ids(url) == [2, 3]
    (removed,) = actions(url, 1, "remove")
    assert (removed["path"], removed["partitionValues"]) == (monday[0].path, {"day": MONDAY})
    assert (removed["dataChange"], removed["size"]) == (True, monday[0].size_bytes)
    assert abs(time.time() * 1000 - removed["deletionTimestamp"]) < 60_000, "VACUUM goes by it"


def test_files_to_keep_that_were_compacted_meanwhile_conflict_and_nothing_changes(url: str) -> None:
    monday = staged(url, MONDAY, 1), staged(url, MONDAY, 2)
    commit(url, change(BOTH, *monday[0], *monday[1]))
    DeltaTable(url).optimize.compact()
    with pytest.raises(ConflictError, match="rewritten at the same time") as error:
        commit(url, change(BOTH, *staged(url, MONDAY, 3), keep=frozenset({monday[0][0].path})))
    assert (Path(error.value.where.removeprefix("file://")), error.value.remedy) == (Path(url), module.RERUN)
    assert (ids(url), DeltaTable(url).version()) == ([1, 2], 1)


def test_of_an_unpartitioned_table_files_are_kept_too(url: str) -> None:
    first, second = (staged(url, "", n, column=None) for n in (1, 2))
    commit(url, change(Range.whole(), *first, *second))
    commit(url, change(Range.whole(), *staged(url, "", 3, column=None), keep=frozenset({second[0].path})))
    assert ids(url) == [2, 3]
    assert [removed["partitionValues"] for removed in actions(url, 1, "remove")] == [{}]
    assert DeltaTable(url).metadata().partition_columns == []


def test_where_all_files_are_kept_files_only_join(url: str) -> None:
    for n in (1, 2):
        commit(url, change(BOTH, *staged(url, MONDAY, n), keep=None))
    assert ids(url) == [1, 2]
    assert actions(url, 1, "remove") == []


def test_files_that_stay_are_given_no_other_columns(url: str) -> None:
    (first,) = staged(url, MONDAY, 1)
    commit(url, change(BOTH, first))
    wider = T.StructType([*SCHEMA.fields, T.StructField("item", T.StringType())])
    with pytest.raises(SchemaDriftError, match=r"files that stay(.|\n)*item(.|\n)*Remedy: make these part") as drift:
        commit(
            url, change(BOTH, *staged(url, MONDAY, 2), keep=frozenset({first.path}), schema=wider, policy="additive")
        )
    assert drift.value.where.rstrip("/").endswith(url)
    assert (ids(url), DeltaTable(url).version()) == ([1], 0)


@pytest.mark.parametrize("slot", ["2017-01-04", REJECTED])
def test_a_file_of_another_partition_or_of_rejected_rows_is_never_committed(url: str, slot: str) -> None:
    with pytest.raises(OutsideRangeError, match="is not of the run's range"):
        commit(url, change(BOTH, *staged(url, MONDAY, 1), *staged(url, slot, 2)))
    assert not DeltaTable.is_deltatable(url)


def test_no_partition_is_called_as_rejected_rows_are_staged() -> None:
    with pytest.raises(OutsideRangeError, match="no partition can be called"):
        Range("day", (MONDAY, REJECTED))


def test_a_table_that_is_gone_since_the_run_looked_is_not_made_anew(url: str) -> None:
    with pytest.raises(ConflictError, match="the table is gone") as conflict:
        commit(url, change(BOTH, *staged(url, MONDAY, 1), base=0))
    assert (conflict.value.where, "run it again" in conflict.value.remedy) == (url, True)
    assert not DeltaTable.is_deltatable(url)
    assert commit(url, change(BOTH, *staged(url, MONDAY, 1), base=-1)) == Committed(0)


def test_a_writer_that_is_always_too_late_gives_up_and_says_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def too_late(*_: object) -> Committed:
        tries.append(time.monotonic())
        raise module._OvertakenError("version 7 was there")

    monkeypatch.setattr(module, "ATTEMPTS", 3)
    monkeypatch.setattr(module, "_attempt", too_late)
    with pytest.raises(ConflictError, match=r"3 times in a row.*version 7 was there") as conflict:
        commit(url, change(BOTH, *staged(url, MONDAY, 1)))
    assert (conflict.value.where, "run it again" in conflict.value.remedy) == (url, True)
    assert len(tries) == 3


@pytest.mark.parametrize("there", [False, True], ids=["of the first version", "of a later one"])
def test_a_commit_whose_answer_was_lost_is_found_in_the_log_and_not_made_twice(
    url: str, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if there:
        commit(url, change(BOTH, *staged(url, TUESDAY, 1)))
    attempt, lost = module._attempt, [True]

    def attempt_and_lose_the_answer(*arguments: Any) -> Committed:
        done = attempt(*arguments)
        if lost:
            lost.pop()
            commit(url, change(BOTH, *staged(url, TUESDAY, 9), keep=None))  # and somebody else goes on
            raise module._OvertakenError("no answer")
        return done

    monkeypatch.setattr(module, "_attempt", attempt_and_lose_the_answer)
    assert commit(url, change(BOTH, *staged(url, MONDAY, 5), keep=None)) == Committed(int(there))
    assert ids(url).count(5) == 1
    assert DeltaTable(url).version() == int(there) + 1


def test_a_writer_that_was_overtaken_once_comes_after_the_other(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(url, change(BOTH, *staged(url, MONDAY, 1)))
    attempt, waiting = module._attempt, [True]

    def lose_time_then_attempt(*arguments: Any) -> Committed:
        if waiting:
            waiting.pop()
            commit(url, change(BOTH, *staged(url, TUESDAY, 2), keep=None))
        return attempt(*arguments)

    monkeypatch.setattr(module, "_attempt", lose_time_then_attempt)
    monday = Range("day", (MONDAY,))
    assert commit(url, change(monday, *staged(url, MONDAY, 3), base=0), DeltaTable(url)) == Committed(2)
    assert ids(url) == [2, 3]


def test_the_active_files_of_a_range_are_known_with_their_rows(url: str) -> None:
    (monday,), (tuesday,) = staged(url, MONDAY, 1, 2), staged(url, TUESDAY, 3)
    commit(url, change(BOTH, monday, tuesday))
    (found,) = active_files(DeltaTable(url), Range("day", (MONDAY,)))
    assert (found.path, found.slot, found.rows, found.size_bytes) == (monday.path, MONDAY, 2, monday.size_bytes)
    assert len(active_files(DeltaTable(url), BOTH)) == 2
