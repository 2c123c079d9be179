"""Numbers that a table's log keeps: what is looked up under which name, and what counts as none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lakehouse_assets.publish.marks import (
    FILE,
    MADE,
    QUARANTINED,
    REPLAYED,
    SEEN,
    Marks,
    new_publication,
    number_of,
    publications_before,
)

HOUR = timedelta(hours=1)
MARKS = Marks(
    {
        MADE + "a": 1,
        SEEN + "a": 2,
        QUARANTINED + "a": 3,
        QUARANTINED + "b": 4,
        QUARANTINED + "c": 0,
        FILE + "f/1": 5,
        FILE + "f/2": 0,  # as stored tables have it
        "another/application": 6,
    }
)


def test_each_mark_of_a_partition_is_found_under_its_own_name() -> None:
    assert (MARKS.made("a"), MARKS.seen("a"), MARKS.publication("a")) == (1, 2, 3)
    assert (MARKS.made("b"), MARKS.seen("b"), MARKS.publication("z")) == (None, None, None)


def test_a_partition_whose_quarantined_rows_were_withdrawn_has_none() -> None:
    assert MARKS.publication("c") is None
    assert MARKS.publications() == {"a": 3, "b": 4}
    assert MARKS.publications(["b", "c", "z"]) == {"b": 4}
    assert MARKS.publications([]) == {}


def test_a_file_whose_rows_were_withdrawn_is_not_held() -> None:
    assert MARKS.files() == {"f/1": 5}


def test_what_a_partition_holds_changes_with_a_replay_and_with_nothing_but_what_it_was_made_from() -> None:
    replayed = Marks({MADE + "a": 1, REPLAYED + "a": 9, REPLAYED + "b": 9})
    again = Marks({MADE + "a": 1, REPLAYED + "a": 10})
    assert MARKS.contents("a") == 1
    assert len({MARKS.contents("a"), replayed.contents("a"), again.contents("a")}) == 3
    assert replayed.contents("b") is None


def test_a_table_that_does_not_exist_has_no_marks() -> None:
    assert Marks.of("/nowhere", None) == Marks()


def test_fingerprints_and_publications_are_large_positive_numbers_that_a_mark_can_hold() -> None:
    # Of 300 publications begun at once two have one number once in 3,000 times, of 20 once in 700,000.
    numbers = [number_of("x", n) for n in range(300)] + [new_publication() for _ in range(20)]
    assert len(set(numbers)) == 320
    assert all(0 < number < 2**63 for number in numbers)
    assert max(numbers[:300]).bit_length() == 63, "all the bits that a mark has"


def test_a_publication_begun_later_has_a_greater_number_than_one_of_a_second_ago() -> None:
    now = datetime.now(UTC)
    assert publications_before(now - timedelta(seconds=1)) < new_publication() < publications_before(now + HOUR)
    assert publications_before(now - HOUR) < publications_before(now)
