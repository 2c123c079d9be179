"""What a look at a landing zone finds: news, uploads that have not come to rest, and nothing twice."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.making import make
from sensors import looking
from sensors.looking import WATCHED, View, look
from sensors.quiet import Quiet

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

NOW = datetime.now(UTC)
AN_HOUR_AGO = NOW - timedelta(hours=1)
TRANSACTIONS, COUPONS = find_table("bronze/transactions"), find_table("bronze/coupons")
FIRST, SECOND, THIRD = "2017-01-01", "2017-01-02", "2017-01-03"
HEADER = ",".join(TRANSACTIONS.schema.names)


def deliver(lake: Settings, name: str, rows: int = 1, at: datetime = AN_HOUR_AGO) -> Path:
    path = Path(lake.landing, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *(",".join("1" for _ in HEADER.split(",")) for _ in range(rows))]) + "\n")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def load(lake: Settings, *slots: str) -> None:
    def no_engine() -> NoReturn:
        raise AssertionError("deliveries are loaded without an engine")

    make(TRANSACTIONS, lake, no_engine, slots)


def due(lake: Settings, cursor: str | None = None, now: datetime = NOW) -> list[str]:
    return list(look(TRANSACTIONS, lake, now, cursor).due)


def test_new_files_make_their_partitions_due_and_loaded_ones_do_not(lake: Settings) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv")
    deliver(lake, f"transactions/{SECOND}/a.csv")
    assert due(lake) == [FIRST, SECOND]
    load(lake, FIRST)
    assert due(lake) == [SECOND]


def test_a_late_file_of_the_same_second_as_one_that_is_loaded_makes_its_partition_due(lake: Settings) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv")
    load(lake, FIRST)
    deliver(lake, f"transactions/{FIRST}/b.csv", at=AN_HOUR_AGO)
    assert due(lake) == [FIRST]


def test_a_file_that_was_sent_again_is_due_where_its_content_changed_and_only_there(lake: Settings) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv")
    deliver(lake, f"transactions/{SECOND}/a.csv")
    load(lake, FIRST, SECOND)
    later = AN_HOUR_AGO + timedelta(minutes=5)
    deliver(lake, f"transactions/{FIRST}/a.csv", at=later)
    deliver(lake, f"transactions/{SECOND}/a.csv", rows=2, at=later)
    assert due(lake) == [SECOND]


def test_a_large_file_that_was_sent_again_is_taken_to_be_changed_unread(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv")
    load(lake, FIRST)
    deliver(lake, f"transactions/{FIRST}/a.csv", at=AN_HOUR_AGO + timedelta(minutes=5))
    monkeypatch.setattr(looking, "READ_AT_ONCE", 10)
    assert due(lake) == [FIRST]


def test_a_file_that_is_gone_is_no_reason_to_run_where_its_rows_are_kept(lake: Settings) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv").rename(path := Path(lake.landing, f"transactions/{FIRST}/b.csv"))
    deliver(lake, f"transactions/{FIRST}/a.csv")
    load(lake, FIRST)
    path.unlink()
    assert due(lake) == []


def test_an_upload_is_left_alone_until_it_has_come_to_rest(lake: Settings) -> None:
    path = deliver(lake, f"transactions/{FIRST}/a.csv", at=NOW - timedelta(seconds=1))
    first = look(TRANSACTIONS, lake, NOW)
    assert (dict(first.due), list(first.restless)) == ({}, [FIRST])
    deliver(lake, f"transactions/{FIRST}/a.csv", rows=9, at=NOW + timedelta(seconds=10))
    grown = look(TRANSACTIONS, lake, NOW + timedelta(seconds=31), first.cursor)
    assert dict(grown.due) == {}
    path.with_suffix(".csv.tmp").write_text("")
    assert due(lake, grown.cursor, NOW + timedelta(seconds=41)) == [FIRST]


def test_a_file_from_the_future_is_due_once_it_has_looked_the_same_for_long_enough(lake: Settings) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv", at=NOW + timedelta(days=400))
    first = look(TRANSACTIONS, lake, NOW)
    assert dict(first.due) == {}
    second = look(TRANSACTIONS, lake, NOW + timedelta(seconds=20), first.cursor)
    assert dict(second.due) == {}
    assert due(lake, second.cursor, NOW + timedelta(seconds=30)) == [FIRST]


def test_a_clock_that_was_set_back_does_not_have_an_upload_wait_until_it_has_caught_up(lake: Settings) -> None:
    ahead = NOW + timedelta(days=1)
    deliver(lake, f"transactions/{FIRST}/a.csv", at=ahead)
    first = look(TRANSACTIONS, lake, ahead)
    second = look(TRANSACTIONS, lake, NOW, first.cursor)
    assert dict(second.due) == {}
    assert due(lake, second.cursor, NOW + timedelta(seconds=30)) == [FIRST]


@pytest.mark.parametrize("cursor", [None, "", "nonsense", "[]", "7", '{"2017-01-01": 3}'])
def test_a_lost_or_foreign_cursor_changes_nothing_but_the_wait(lake: Settings, cursor: str | None) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv")
    deliver(lake, f"transactions/{SECOND}/a.csv", at=NOW)
    assert due(lake, cursor) == [FIRST]


def test_the_cursor_stays_small_whatever_is_being_uploaded(lake: Settings) -> None:
    for day in range(2 * WATCHED // 3):
        key = (datetime(2017, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()
        deliver(lake, f"transactions/{key}/a.csv", at=NOW + timedelta(days=1))
    seen = look(TRANSACTIONS, lake, NOW)
    assert len(seen.restless) == 2 * WATCHED // 3
    assert len(seen.cursor) * WATCHED / len(seen.restless) < 64 * 1024


def test_of_more_uploads_than_the_cursor_can_hold_it_keeps_the_longest_watched_in_less_than_64_kib() -> None:
    days = [(datetime(2017, 1, 1, tzinfo=UTC) + timedelta(days=n)).date().isoformat() for n in range(3 * WATCHED)]
    restless = {day: ("0123456789", NOW.timestamp() - n + 0.123456) for n, day in enumerate(days)}
    cursor = View({}, restless).cursor
    assert len(cursor.encode()) < 64 * 1024
    assert list(json.loads(cursor)) == days[: 2 * WATCHED - 1 : -1]


def test_a_folder_that_is_no_partition_is_named_and_offered_to_nobody(lake: Settings) -> None:
    deliver(lake, "transactions/2017-02-30/a.csv")
    deliver(lake, "transactions/latest/a.csv")
    seen = look(TRANSACTIONS, lake, NOW)
    assert (dict(seen.due), seen.unknown) == ({}, ("2017-02-30", "latest"))


def test_a_table_without_partitions_is_due_as_a_whole(lake: Settings) -> None:
    path = Path(lake.landing, "coupons/a.csv")
    path.parent.mkdir(parents=True)
    path.write_text("coupon_upc\n1\n")
    os.utime(path, (AN_HOUR_AGO.timestamp(), AN_HOUR_AGO.timestamp()))
    assert list(look(COUPONS, lake, NOW).due) == [""]


def test_changed_code_makes_every_partition_due_that_holds_files(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(lake, f"transactions/{FIRST}/a.csv")
    load(lake, FIRST)
    monkeypatch.setitem(TRANSACTIONS.__dict__, "code_version", "another")
    assert due(lake) == [FIRST]


def test_what_earlier_looks_found_saves_the_ledger_and_what_is_new_is_seen_all_the_same(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = Quiet()
    for day in (FIRST, SECOND):
        deliver(lake, f"transactions/{day}/a.csv")
    load(lake, FIRST, SECOND)
    assert dict(look(TRANSACTIONS, lake, NOW, quiet=quiet).due) == {}
    with monkeypatch.context() as told:
        told.setattr("lakehouse_assets.publish.marks.transactions", no_ledger)
        assert dict(look(TRANSACTIONS, lake, NOW, quiet=quiet).due) == {}
    deliver(lake, f"transactions/{THIRD}/a.csv")
    deliver(lake, f"transactions/{FIRST}/a.csv", rows=2)
    assert list(look(TRANSACTIONS, lake, NOW, quiet=quiet).due) == [FIRST, THIRD]


def no_ledger(*arguments: object) -> NoReturn:
    raise AssertionError("what is known is not compared again")


@pytest.mark.parametrize("gone", ["kept", "withdrawn"])
@pytest.mark.parametrize("seed", range(3))
def test_a_look_that_remembers_sees_what_one_that_does_not_sees(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, gone: str, seed: int
) -> None:
    """Whatever happens to the landing zone, the table and the code between two looks, in any order."""
    chance, quiet, seconds = random.Random(seed), Quiet(), iter(range(10_000))
    monkeypatch.setitem(TRANSACTIONS.__dict__, "gone", gone)

    def some() -> str:
        return f"transactions/{chance.choice((FIRST, SECOND, THIRD))}/{chance.choice('ab')}.csv"

    def send() -> None:
        deliver(lake, some(), chance.choice((1, 2)), AN_HOUR_AGO + timedelta(seconds=next(seconds)))

    def take_away() -> None:
        Path(lake.landing, some()).unlink(missing_ok=True)

    def load_what_is_due() -> None:
        if found := look(TRANSACTIONS, lake, NOW).due:
            load(lake, *found)

    def other_code() -> None:
        monkeypatch.setitem(TRANSACTIONS.__dict__, "code_version", str(next(seconds)))

    def lose_the_table() -> None:
        shutil.rmtree(lake.table_url("bronze", "transactions"), ignore_errors=True)

    acts: list[Callable[[], None]] = [send, send, send, take_away, load_what_is_due, load_what_is_due]
    for step in range(40):
        chance.choice([*acts, *([other_code, lose_the_table] if step % 8 == 7 else [])])()
        assert look(TRANSACTIONS, lake, NOW, quiet=quiet) == look(TRANSACTIONS, lake, NOW)
