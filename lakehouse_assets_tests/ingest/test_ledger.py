"""What is new in the landing zone, against the files that a partition holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.ingest.deliveries import Delivery
from lakehouse_assets.ingest.ledger import Arrival, Gone, compare, held_by_slot, made_from, seen_in
from lakehouse_assets.publish.marks import FILE, GONE, MADE, SEEN, Marks

DAY = "2017-01-01"


def file(name: str, size: int = 10, modified: int = 1) -> Delivery:
    return Delivery(f"/landing/{name}", name, size, modified, DAY)


def marks_of(held: dict[str, int], seen: list[Delivery], code: str = "1") -> Marks:
    return Marks({MADE + DAY: made_from(code, held), SEEN + DAY: seen_in(seen)})


def look(
    waiting: list[Delivery], held: dict[str, int], seen: list[Delivery], contents: dict[str, int], **options: object
) -> tuple[Arrival, list[str]]:
    """The comparison, and the names of the files whose content was read for it."""
    read: list[str] = []

    def content_of(delivery: Delivery) -> int:
        read.append(delivery.name)
        return contents[delivery.name]

    gone: Gone = options.pop("gone", "kept")
    code = str(options.pop("code", "1"))
    force = bool(options.pop("force", False))
    arrival = compare(DAY, waiting, held, marks_of(held, seen), code, gone, content_of, force=force)
    return arrival, read


A, B = file("a"), file("b")


def test_files_that_lie_there_as_they_were_are_settled_without_reading_them() -> None:
    arrival, read = look([A, B], {"a": 1, "b": 2}, [A, B], {})
    assert not arrival.changes
    assert arrival.same == {"a": 1, "b": 2}
    assert read == []


def test_a_file_sent_again_unchanged_is_no_news() -> None:
    arrival, read = look([file("a", modified=9)], {"a": 1}, [A], {"a": 1})
    assert not arrival.changes
    assert read == ["a"]


def test_a_changed_file_is_due_and_the_others_stay() -> None:
    changed = file("a", modified=9)
    arrival, _ = look([changed, B], {"a": 1, "b": 2}, [A, B], {"a": 7, "b": 2})
    assert arrival.due == (changed,)
    assert arrival.stays == {"b": 2}


def test_a_late_file_joins_and_its_content_is_not_read_twice() -> None:
    arrival, read = look([A, B], {"a": 1}, [A], {"a": 1})
    assert arrival.due == (B,)
    assert arrival.stays == {"a": 1}
    assert read == ["a"]


def test_a_file_that_is_gone_is_kept_and_changes_nothing() -> None:
    arrival, _ = look([A], {"a": 1, "b": 2}, [A, B], {"a": 1})
    assert not arrival.changes
    assert (arrival.gone, arrival.stays) == ({"b": 2}, {"a": 1, "b": 2})


def test_a_file_that_is_gone_is_withdrawn_where_the_table_says_so() -> None:
    arrival, _ = look([A], {"a": 1, "b": 2}, [A, B], {"a": 1}, gone="withdrawn")
    assert arrival.changes
    assert (arrival.due, arrival.stays) == ((), {"a": 1})


def test_changed_code_makes_all_that_waits_due_and_keeps_what_is_gone() -> None:
    arrival, read = look([A], {"a": 1, "b": 2}, [A, B], {}, code="2")
    assert (arrival.due, arrival.stays) == ((replace(A, held=1),), {"b": 2})
    assert read == []


def test_force_loads_every_file_that_waits() -> None:
    arrival, _ = look([A, B], {"a": 1, "b": 2}, [A, B], {}, force=True)
    assert (arrival.due, arrival.stays) == ((replace(A, held=1), replace(B, held=2)), {})


def test_where_everything_is_gone_there_is_nothing_to_load() -> None:
    assert not look([], {"a": 1}, [A], {}, code="2")[0].changes
    assert look([], {"a": 1}, [A], {}, gone="withdrawn")[0].changes


names = st.sampled_from(["a", "b", "c", "d"])
contents = st.dictionaries(names, st.integers(1, 3))


@given(held=contents, waiting=contents, gone=st.sampled_from(["kept", "withdrawn"]), again=st.booleans())
def test_loading_what_is_due_leads_to_what_waits_and_nothing_is_due_twice(
    held: dict[str, int], waiting: dict[str, int], gone: Gone, again: bool
) -> None:
    there = [file(name, modified=9) for name in waiting]
    arrival, _ = look(there, held, [file(name) for name in held], waiting, gone=gone)
    after = {**arrival.stays, **{d.name: waiting[d.name] for d in arrival.due}}
    expected = waiting if gone == "withdrawn" else {**held, **waiting}
    assert after == expected
    assert {d.name for d in arrival.due} == {n for n in waiting if held.get(n) != waiting[n]}
    second, _ = look(there, after, there if again else [], waiting, gone=gone)
    assert not second.changes


@pytest.mark.parametrize("source", ["till", "shops/north/till"])
@pytest.mark.parametrize(("partitioned", "slot"), [(True, "2017-01-01"), (False, "")])
def test_files_belong_to_the_partition_that_their_folder_names(source: str, partitioned: bool, slot: str) -> None:
    name = f"{source}/2017-01-01/a.csv" if partitioned else f"{source}/a.csv"
    marks = Marks({FILE + name: 5, FILE + f"{source}/2017-01-01/b.csv": GONE, MADE + slot: 1})
    assert held_by_slot(marks, partitioned=partitioned) == {slot: {name: 5}}
