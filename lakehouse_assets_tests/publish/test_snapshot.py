"""A table as a run saw it stays as it was seen."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from lakehouse_assets.publish import snapshot
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.marks import MADE, Marks
from lakehouse_assets.publish.snapshot import Snapshot


def write(url: str, number: int) -> None:
    properties = CommitProperties(app_transactions=[Transaction(MADE + "a", number)])
    write_deltalake(url, pa.table({"v": [number]}), mode="append", commit_properties=properties)


def test_of_a_table_that_does_not_exist_there_is_no_version_and_no_mark(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    for seen in (Snapshot(url), Snapshot.of(url)):
        assert (seen.table, seen.version, seen.marks) == (None, -1, Marks())


def test_what_was_seen_stays_though_the_table_moves_on(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    write(url, 1)
    first = Snapshot.of(url)
    write(url, 2)
    assert first.table is not None
    first.table.update_incremental()
    assert (first.version, first.table.version(), first.marks.made("a")) == (0, 1, 1)
    assert (Snapshot.of(url).version, Snapshot.of(url).marks.made("a")) == (1, 2)
    assert (Snapshot.of(url, 0).version, Snapshot.of(url, 0).marks.made("a")) == (0, 1)


def test_a_table_that_is_opened_ahead_is_the_version_that_was_seen(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    write(url, 1)
    seen = Snapshot.of(url)
    write(url, 2)
    seen.open_ahead()
    seen.open_ahead()
    assert seen.table is not None
    assert (seen.table.version(), seen.version) == (0, 0)


def test_a_table_is_opened_ahead_once_and_beside_what_the_caller_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, threads = str(tmp_path / "t"), []
    write(url, 1)

    def noted(at: str, version: int) -> DeltaTable | None:
        threads.append(threading.current_thread())
        return open_table(at, version)

    monkeypatch.setattr(snapshot, "open_table", noted)
    seen = Snapshot.of(url)
    seen.open_ahead()
    seen.open_ahead()
    assert seen.table is not None
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


def test_opening_ahead_where_there_is_no_table_finds_none(tmp_path: Path) -> None:
    seen = Snapshot.of(str(tmp_path / "t"))
    seen.open_ahead()
    assert (seen.table, seen.exists) == (None, False)


def test_marks_are_known_though_the_files_of_the_table_are_no_longer_told(tmp_path: Path) -> None:
    url = str(tmp_path / "t")
    write(url, 1)
    log = tmp_path / "t" / "_delta_log" / f"{0:020d}.json"
    log.write_text("".join(line for line in log.read_text().splitlines(keepends=True) if '"txn"' in line))
    assert Snapshot.of(url).marks.made("a") == 1
