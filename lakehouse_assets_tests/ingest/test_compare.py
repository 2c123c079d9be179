"""What of a partition's files is due, stays or is gone, from marks alone; content is read only where it may differ."""

from __future__ import annotations

import pytest

from lakehouse_assets.ingest.deliveries import Delivery
from lakehouse_assets.ingest.ledger import Arrival, Gone, compare, held_by_slot, made_from, seen_in
from lakehouse_assets.publish.marks import FILE, MADE, SEEN, Marks


def file(name: str, size: int = 10, at: int = 1) -> Delivery:
    return Delivery(f"/landing/{name}", name, size, at, "d")


A, B = file("a"), file("b")
HELD = {"a": 1, "b": 2}
CONTENT = {"a": 1, "b": 2, "c": 3}


def marks(*files: Delivery, code: str = "c0de") -> Marks:
    """Of a partition that was loaded from these files and holds those of HELD."""
    return Marks({MADE + "d": made_from(code, HELD), SEEN + "d": seen_in(files)})


def arrival(*files: Delivery, held: dict[str, int] = HELD, gone: Gone = "kept", force: bool = False) -> Arrival:
    return compare("d", files, held, marks(A, B), "c0de", gone, lambda one: CONTENT[one.name], force=force)


def names(files: tuple[Delivery, ...]) -> list[str]:
    return [one.name for one in files]


def test_where_nothing_differs_no_content_is_read() -> None:
    def unread(_: Delivery) -> int:
        raise AssertionError("read")

    found = compare("d", [A, B], HELD, marks(A, B), "c0de", "kept", unread)
    assert (found.due, found.same, found.gone, found.changes) == ((), HELD, {}, False)
    assert names(found.waiting) == ["a", "b"]


def test_a_file_sent_again_is_no_news_and_one_with_other_content_is() -> None:
    assert arrival(file("a", at=2), B).changes is False
    changed = {**HELD, "a": 7}
    other = Marks({MADE + "d": made_from("c0de", changed), SEEN + "d": seen_in([A, B])})
    found = compare("d", [file("a", at=2), B], changed, other, "c0de", "kept", lambda one: CONTENT[one.name])
    assert (names(found.due), found.same, found.changes) == (["a"], {"b": 2}, True)


def test_a_new_file_is_due_and_the_others_stay() -> None:
    found = arrival(A, B, file("c"))
    assert (names(found.due), found.same, found.stays) == (["c"], HELD, HELD)


def test_of_a_partition_that_holds_nothing_every_file_is_due() -> None:
    found = arrival(A, B, held={})
    assert (names(found.due), found.same, found.gone) == (["a", "b"], {}, {})


@pytest.mark.parametrize(("gone", "changes", "stays"), [("kept", False, HELD), ("withdrawn", True, {"a": 1})])
def test_a_file_that_is_gone_changes_the_table_only_where_it_withdraws(
    gone: Gone, changes: bool, stays: dict[str, int]
) -> None:
    found = arrival(A, gone=gone)
    assert (found.due, found.gone, found.changes, found.stays) == ((), {"b": 2}, changes, stays)
    seen_before = compare("d", [A], HELD, marks(A), "c0de", gone, lambda one: CONTENT[one.name])
    assert seen_before == found


@pytest.mark.parametrize("gone", ["kept", "withdrawn"])
def test_by_force_or_another_declaration_every_file_that_waits_is_due(gone: Gone) -> None:
    forced = arrival(A, gone=gone, force=True)
    declared = compare("d", [A], HELD, marks(A, code="old"), "c0de", gone, lambda one: CONTENT[one.name])
    assert forced == declared
    assert (names(forced.due), forced.same, forced.gone) == (["a"], {}, {"b": 2})
    assert forced.stays == ({"b": 2} if gone == "kept" else {})


def test_an_arrival_of_nothing_changes_nothing() -> None:
    assert Arrival("d", gone={"b": 2}).changes is False
    assert Arrival("d", gone={"b": 2}).stays == {"b": 2}


def test_the_files_of_a_table_are_known_by_partition() -> None:
    held = Marks({FILE + "src/d1/a": 1, FILE + "src/d1/b": 2, FILE + "src/d2/a": 3, FILE + "src/d2/gone": 0})
    assert held_by_slot(held, partitioned=True) == {
        "d1": {"src/d1/a": 1, "src/d1/b": 2},
        "d2": {"src/d2/a": 3},
    }
    assert set(held_by_slot(held, partitioned=False)) == {""}


def test_a_listing_is_the_same_in_any_order_and_another_by_name_size_or_time() -> None:
    assert seen_in([A, B]) == seen_in([B, A])
    assert len({seen_in([one]) for one in (A, B, file("a", size=11), file("a", at=2))}) == 4
    assert made_from("c", {"a": 1, "b": 2}) == made_from("c", {"b": 2, "a": 1})
