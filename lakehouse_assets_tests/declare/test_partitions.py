"""Calendars: the same partitions as Dagster's, without Dagster."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets.calendars import DAILY, WEEKLY
from lakehouse_assets.declare import partitions
from lakehouse_assets.declare.partitions import Calendar
from lakehouse_assets.errors import UnknownPartitionError
from lakehouse_assets.orchestration.partitions import partitions_definition

if TYPE_CHECKING:
    from collections.abc import Iterable

START, END = dt.date(2017, 1, 2), dt.date(2017, 2, 13)  # Mondays
CALENDARS = {
    "days": Calendar("day", "daily", START, END),
    "days at 05:00": Calendar("day", "daily", START, END, hour=5),
    "weeks": Calendar("week", "weekly", START, END),
    "weeks at 05:00": Calendar("week", "weekly", START, END, hour=5),
    "weeks from Sunday": Calendar("week", "weekly", dt.date(2017, 1, 1), dt.date(2017, 2, 12)),
    "weeks from Saturday at 23:00": Calendar("week", "weekly", dt.date(2016, 12, 31), dt.date(2017, 2, 11), hour=23),
    "an end within a week": Calendar("week", "weekly", START, dt.date(2017, 2, 10)),
    "this lake's days": DAILY,
    "this lake's weeks": WEEKLY,
}


@pytest.mark.parametrize("name", CALENDARS)
def test_keys_and_windows_are_those_of_dagster(name: str) -> None:
    calendar = CALENDARS[name]
    theirs = partitions_definition(calendar)
    keys = calendar.keys()
    assert list(keys) == theirs.get_partition_keys()
    for key in keys:
        window = theirs.time_window_for_partition_key(key)
        ours = calendar.window(key)
        assert [moment.timestamp() for moment in (window.start, window.end)] == [
            moment.replace(tzinfo=dt.UTC).timestamp() for moment in ours
        ]


def mapped_by_dagster(keys: Iterable[str], of: Calendar, to: Calendar) -> list[str]:
    """The partitions of `to` that Dagster has a partition of `of` read."""
    here, there = partitions_definition(of), partitions_definition(to)
    mapping = dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
    result = mapping.get_upstream_mapped_partitions_result_for_partitions(
        here.subset_with_partition_keys(list(keys)), here, there
    )
    return sorted(result.partitions_subset.get_partition_keys())


@pytest.mark.parametrize("of", CALENDARS)
@pytest.mark.parametrize("to", CALENDARS)
def test_partitions_that_overlap_are_those_that_dagster_maps(of: str, to: str) -> None:
    ours, theirs = CALENDARS[of], CALENDARS[to]
    keys = ours.keys()
    for chosen in [keys[:1], keys[1:2], keys[-1:], (keys[0], keys[3]), keys[2:5]]:
        expected = mapped_by_dagster(chosen, ours, theirs)
        assert list(theirs.overlapping(chosen, ours)) == expected, chosen


def test_a_week_that_turns_at_five_touches_eight_days() -> None:
    assert CALENDARS["days"].overlapping(("2017-01-02",), CALENDARS["weeks at 05:00"]) == tuple(
        f"2017-01-0{day}" for day in range(2, 10)
    )
    assert len(CALENDARS["days"].overlapping(("2017-01-02",), CALENDARS["weeks"])) == 7
    assert CALENDARS["days"].overlapping((), CALENDARS["weeks"]) == ()


@pytest.mark.parametrize("hour", [0, 5])
@pytest.mark.parametrize("cadence", ["daily", "weekly"])
@pytest.mark.parametrize(
    "now",
    ["2017-01-30T00:00:00", "2017-01-30T04:59:59", "2017-01-30T05:00:00", "2017-01-31T12:00:00", "2017-01-01T00:00:00"],
)
def test_without_an_end_a_calendar_grows_to_the_last_complete_partition(
    monkeypatch: pytest.MonkeyPatch, cadence: str, hour: int, now: str
) -> None:
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)

    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return moment.astimezone(tz)

    calendar = Calendar("day", cadence, START, hour=hour)
    monkeypatch.setattr(partitions, "datetime", Clock)
    expected = partitions_definition(calendar).get_partition_keys(current_time=moment)
    assert list(calendar.keys()) == expected


@pytest.mark.parametrize(
    ("name", "first", "last", "expected"),
    [
        pytest.param("days", "2017-01-05", "2017-01-06", ("2017-01-05", "2017-01-06"), id="both days included"),
        pytest.param("days", None, "2017-01-03", ("2017-01-02", "2017-01-03"), id="from the start"),
        pytest.param("days", "2017-02-11", None, ("2017-02-11", "2017-02-12"), id="to the end"),
        pytest.param("days", "2000-01-01", "2017-01-02", ("2017-01-02",), id="from before the start"),
        pytest.param("weeks", "2017-01-08", "2017-01-09", ("2017-01-02", "2017-01-09"), id="weeks that are touched"),
        pytest.param("weeks", "2017-01-10", "2017-01-11", ("2017-01-09",), id="within a week"),
        pytest.param("weeks", "2017-02-12", None, ("2017-02-06",), id="the last week"),
    ],
)
def test_an_interval_chooses_the_partitions_it_touches(
    name: str, first: str | None, last: str | None, expected: tuple[str, ...]
) -> None:
    assert CALENDARS[name].between(first, last) == expected


def test_without_an_interval_all_partitions_are_chosen() -> None:
    assert CALENDARS["weeks"].between(None, None) == CALENDARS["weeks"].keys()


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2018-01-01", None, r"no daily partition lies within(.|\n)*from 2017-01-02 to 2017-02-12"),
        (None, "2016-12-31", "no daily partition lies within"),
        ("2017-01-09", "2017-01-03", "no daily partition lies within --from 2017-01-09 --to 2017-01-03"),
        ("2017-02-30", None, r"'2017-02-30' is not a date(.|\n)*YYYY-MM-DD"),
        (None, "yesterday", "'yesterday' is not a date"),
    ],
)
def test_an_interval_that_holds_no_partition_is_an_error_that_says_which_exist(
    first: str | None, last: str | None, said: str
) -> None:
    with pytest.raises(UnknownPartitionError, match=said):
        CALENDARS["days"].between(first, last)


def test_a_key_is_checked() -> None:
    weeks = CALENDARS["weeks"]
    assert weeks.require("2017-01-09") == "2017-01-09"
    with pytest.raises(
        UnknownPartitionError, match=r"'2017-01-10' is not a weekly partition(.|\n)*2017-01-02 to 2017-02-06"
    ):
        weeks.require("2017-01-10")


def test_a_calendar_that_has_no_partition_yet_says_so() -> None:
    future = Calendar("day", "daily", dt.date(2999, 1, 1))
    with pytest.raises(UnknownPartitionError, match="none is complete yet"):
        future.between(None, None)
    with pytest.raises(UnknownPartitionError, match="none is complete yet"):
        future.require("2999-01-01")
