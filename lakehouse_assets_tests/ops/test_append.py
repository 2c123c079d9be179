"""Records join a table once, whoever brings them, and however often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import OtherEnvironmentError
from lakehouse_assets.ops import append
from lakehouse_assets.ops.append import Position, Records, Row, bring_up_to_date
from lakehouse_assets.ops.tables import CHECK_RESULTS, OPS_TABLES, Column
from lakehouse_assets.publish.claim import require_claim

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

AT = datetime(2026, 1, 1, tzinfo=UTC)


def row(number: int) -> Row:
    return {"table_id": "silver/t", "partition": f"p{number}", "rule": "r", "run_id": "run", "recorded_at": AT}


class Log:
    """A log of events, numbered from 1, that is told in parts of two."""

    def __init__(self, rows: list[Row], overlap: bool = False) -> None:
        self.rows, self.overlap, self.asked = rows, overlap, list[Position]()

    def read(self, position: Position) -> Iterator[Records]:
        self.asked.append(position)
        for start in range(position.number, len(self.rows), 2):
            part = self.rows[start : start + 2]
            yield Records(part, Position(start + len(part), 7), self.overlap)


def partitions(lake: Settings) -> list[str]:
    return sorted(pl.read_delta(CHECK_RESULTS.url(lake))["partition"].to_list())


def test_what_is_new_joins_and_what_is_known_is_not_read_again(lake: Settings) -> None:
    log = Log([row(i) for i in range(5)])
    assert bring_up_to_date(CHECK_RESULTS, lake, log.read) == 5
    log.rows += [row(5)]
    assert bring_up_to_date(CHECK_RESULTS, lake, log.read) == 1
    assert log.asked == [Position(0, 0), Position(5, 7)]
    assert partitions(lake) == [f"p{i}" for i in range(6)]


def test_with_nothing_new_there_is_no_commit(lake: Settings) -> None:
    assert bring_up_to_date(CHECK_RESULTS, lake, Log([]).read) == 0
    assert not (lake.home / "lake" / "ops").exists()
    log = Log([row(0)])
    bring_up_to_date(CHECK_RESULTS, lake, log.read)
    before = DeltaTable(CHECK_RESULTS.url(lake)).version()
    assert bring_up_to_date(CHECK_RESULTS, lake, log.read) == 0
    assert DeltaTable(CHECK_RESULTS.url(lake)).version() == before


def test_of_two_at_the_same_time_one_commits_and_the_other_looks_again(lake: Settings) -> None:
    rows, meet = [row(i) for i in range(2)], threading.Barrier(2, timeout=300)

    class Beside(Log):
        def read(self, position: Position) -> Iterator[Records]:
            for records in super().read(position):
                if len(self.asked) == 1:
                    meet.wait()  # both have read the same, and neither has committed
                yield records

    bring_up_to_date(CHECK_RESULTS, lake, Log([row(9)]).read)  # both find a table
    joined: list[int] = []
    logs = [Beside([row(9), *rows]) for _ in range(2)]
    threads = [
        threading.Thread(target=lambda log=log: joined.append(bring_up_to_date(CHECK_RESULTS, lake, log.read)))
        for log in logs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(joined) == [0, 2]
    assert partitions(lake) == ["p0", "p1", "p9"]


def test_records_that_are_told_again_are_left_out_where_they_may_be_known(lake: Settings) -> None:
    bring_up_to_date(CHECK_RESULTS, lake, Log([row(0), row(1)]).read)

    def again(_: Position) -> Iterator[Records]:
        yield Records([row(1), row(2)], Position(3, 8), overlap=True)

    assert bring_up_to_date(CHECK_RESULTS, lake, again) == 1
    assert partitions(lake) == ["p0", "p1", "p2"]


def test_a_table_of_an_older_version_gets_new_columns_and_keeps_its_rows(lake: Settings) -> None:
    log = Log([row(0)])
    bring_up_to_date(CHECK_RESULTS, lake, log.read)
    wider = replace(CHECK_RESULTS, columns=(*CHECK_RESULTS.columns, Column("colour", "text", "its colour")))
    log.rows += [{**row(1), "colour": "red"}]
    assert bring_up_to_date(wider, lake, log.read) == 1
    read = pl.read_delta(CHECK_RESULTS.url(lake)).sort("partition")
    assert read["partition"].to_list() == ["p0", "p1"]
    assert read["colour"].to_list() == [None, "red"]


def test_a_part_that_another_was_faster_with_leaves_no_file(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_up_to_date(CHECK_RESULTS, lake, Log([row(0)]).read)
    staged = append.read_staging

    def overtaken(root: str, folder: str) -> object:
        monkeypatch.setattr(append, "read_staging", staged)
        bring_up_to_date(CHECK_RESULTS, lake, Log([row(0), row(1)]).read)
        return staged(root, folder)

    monkeypatch.setattr(append, "read_staging", overtaken)
    bring_up_to_date(CHECK_RESULTS, lake, Log([row(0), row(1)]).read)
    assert partitions(lake) == ["p0", "p1"]
    folder = lake.home / "lake" / "ops" / "check_results"
    named = {path.split("/")[0] for path in DeltaTable(str(folder)).get_add_actions(flatten=True)["path"].to_pylist()}
    assert {path.name for path in folder.iterdir() if path.name.startswith("staged")} == named


def test_what_tells_rows_apart_are_columns() -> None:
    assert all(set(table.key) <= {column.name for column in table.columns} for table in OPS_TABLES)


def test_records_of_another_environment_do_not_join(lake: Settings) -> None:
    require_claim(replace(lake, environment="production"))
    with pytest.raises(OtherEnvironmentError, match="this lake is production's"):
        bring_up_to_date(CHECK_RESULTS, lake, Log([row(1)]).read)
    assert bring_up_to_date(CHECK_RESULTS, lake, Log([]).read) == 0
    assert not DeltaTable.is_deltatable(CHECK_RESULTS.url(lake))
