"""What a look finds wherever a landing zone lies: files that are new, late, changed, gone or of one second."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.storage import place
from lakehouse_assets_tests.sensors.test_looking import FIRST, HEADER, SECOND, THIRD, TRANSACTIONS, load
from lakehouse_assets_tests.stores import outside
from sensors.looking import look
from sensors.quiet import Quiet

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

LINE = ",".join("1" for _ in HEADER.split(","))
OTHER = LINE.replace("1", "2")  # of the same size
AN_HOUR = timedelta(hours=1)


def send(lake: Settings, name: str, rows: int = 1, line: str = LINE) -> None:
    """Put a file into the landing zone as its sender does; stores themselves say when it came."""
    outside.write(f"{lake.landing}/transactions/{name}", "\n".join([HEADER, *[line] * rows, ""]).encode())


def due(lake: Settings, quiet: Quiet | None = None, later: timedelta = AN_HOUR) -> list[str]:
    return list(look(TRANSACTIONS, lake, datetime.now(UTC) + later, quiet=quiet).due)


def test_new_and_late_files_make_their_partitions_due_once_and_no_others(any_lake: Settings) -> None:
    for name in (f"{FIRST}/a.csv", f"{SECOND}/a.csv"):
        send(any_lake, name)
    assert due(any_lake, later=timedelta(0)) == [], "they may be growing"
    assert due(any_lake) == [FIRST, SECOND]
    load(any_lake, FIRST, SECOND)
    assert due(any_lake) == []
    send(any_lake, f"{FIRST}/late.csv")
    send(any_lake, f"{THIRD}/a.csv")
    assert due(any_lake) == [FIRST, THIRD]
    load(any_lake, FIRST, THIRD)
    assert due(any_lake) == []


def test_a_file_sent_again_is_due_where_its_content_changed_whatever_its_size(any_lake: Settings) -> None:
    for day in (FIRST, SECOND, THIRD):
        send(any_lake, f"{day}/a.csv")
    load(any_lake, FIRST, SECOND, THIRD)
    send(any_lake, f"{FIRST}/a.csv", rows=2)
    send(any_lake, f"{SECOND}/a.csv")
    send(any_lake, f"{THIRD}/a.csv", line=OTHER)
    assert due(any_lake) == [FIRST, THIRD]
    load(any_lake, FIRST, THIRD)
    assert due(any_lake) == []


@pytest.mark.parametrize("second", ["b.csv", "a.csv"], ids=["another", "in its place"])
def test_a_file_of_the_same_second_and_size_as_one_that_is_loaded_makes_its_partition_due(
    any_lake: Settings, second: str
) -> None:
    send(any_lake, f"{FIRST}/a.csv")
    load(any_lake, FIRST)  # the first load makes the table, which takes longer
    for day in TRANSACTIONS.calendar.keys()[1:21]:
        time.sleep(1 - time.time() % 1)  # the beginning of a second
        send(any_lake, f"{day}/a.csv")
        came = second_of(any_lake, f"{day}/a.csv")
        load(any_lake, day)
        send(any_lake, f"{day}/{second}", line=OTHER)
        assert due(any_lake) == [day]
        if second_of(any_lake, f"{day}/{second}") == came:
            return
        load(any_lake, day)
    raise AssertionError("no two files came in one second: nothing was tested")


def second_of(lake: Settings, name: str) -> int:
    """The second in which a file came, by its store."""
    (found,) = (f for f in place(lake.landing).files(below="transactions") if f.path.endswith(name))
    return found.mtime_ns // 10**9


def test_a_file_that_is_gone_is_a_reason_to_run_only_where_its_rows_are_withdrawn(
    any_lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        send(any_lake, f"{FIRST}/{name}.csv", rows=1 if name == "a" else 2)
    load(any_lake, FIRST)
    outside.delete(f"{any_lake.landing}/transactions/{FIRST}/b.csv")
    assert due(any_lake) == []
    monkeypatch.setitem(TRANSACTIONS.__dict__, "gone", "withdrawn")
    assert due(any_lake) == [FIRST]


def test_a_look_that_remembers_sees_late_and_changed_files_all_the_same(any_lake: Settings) -> None:
    quiet = Quiet()
    for day in (FIRST, SECOND, THIRD):
        send(any_lake, f"{day}/a.csv")
    load(any_lake, FIRST, SECOND, THIRD)
    for _ in range(2):
        assert due(any_lake, quiet) == []
    send(any_lake, f"{FIRST}/a.csv", rows=2)
    send(any_lake, f"{SECOND}/late.csv")
    assert due(any_lake, quiet) == [FIRST, SECOND]
