"""Which partitions are offered as runs: what is news, together where it lies together, and never for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.offers import Attempt, Limits, Offers, offers, parted

NOON = datetime(2017, 1, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAYS = tuple(f"2017-01-{day:02d}" for day in range(1, 10))
FIRST, SECOND, THIRD, FOURTH = DAYS[:4]


def at(due: dict[str, str], *attempts: Attempt, now: datetime = NOON, **limits: int) -> Offers:
    return offers(due, DAYS, attempts, now, Limits(**limits))


def slots(found: Offers) -> list[tuple[str, ...]]:
    return [offer.slots for offer in found.now]


def failed(states: dict[str, str], ended: datetime = NOON - MINUTE, *, permanent: bool = False) -> Attempt:
    return Attempt(states, ended, permanent=permanent)


def test_days_that_follow_one_another_go_together_and_a_gap_parts_them() -> None:
    assert slots(at({SECOND: "a", FIRST: "b", FOURTH: "c"})) == [(FIRST, SECOND), (FOURTH,)]


def test_an_unpartitioned_table_is_one_offer() -> None:
    assert [offer.states for offer in offers({"": "a"}, ("",), (), NOON).now] == [{"": "a"}]


def test_what_a_look_cannot_offer_waits_for_the_next() -> None:
    due = {FIRST: "a", THIRD: "b", "2017-01-05": "c"}
    found = at(due, runs=2)
    assert (slots(found), found.waiting) == ([(FIRST,), (THIRD,)], ("2017-01-05",))
    later = at(due, Attempt({FIRST: "a"}), Attempt({THIRD: "b"}), runs=2)
    assert slots(later) == [("2017-01-05",)]


def test_a_run_takes_no_more_partitions_than_it_may() -> None:
    assert slots(at(dict.fromkeys(DAYS[:5], "a"), partitions=2)) == [DAYS[:2], DAYS[2:4], DAYS[4:5]]


def test_a_partition_is_left_alone_while_a_run_is_at_it_even_with_older_files() -> None:
    found = at({FIRST: "new", SECOND: "a"}, Attempt({FIRST: "old"}))
    assert (slots(found), found.waiting) == ([(SECOND,)], (FIRST,))


def test_files_that_a_run_found_to_hold_nothing_new_are_not_offered_again() -> None:
    found = at({FIRST: "a"}, Attempt({FIRST: "a"}, NOON, succeeded=True))
    assert (slots(found), found.waiting, found.given_up) == ([], (), {})


def test_what_a_run_found_in_files_is_believed_for_some_hours_only() -> None:
    found_nothing = Attempt({FIRST: "a"}, NOON - timedelta(hours=7), succeeded=True)
    assert slots(at({FIRST: "a"}, found_nothing)) == [(FIRST,)]


def test_a_state_that_comes_back_after_another_is_news() -> None:
    loaded = Attempt({FIRST: "a"}, NOON - 3 * MINUTE, succeeded=True)
    replaced = Attempt({FIRST: "b"}, NOON - 2 * MINUTE, succeeded=True)
    assert slots(at({FIRST: "a"}, replaced, loaded)) == [(FIRST,)]


def test_a_file_that_changed_after_a_success_is_offered() -> None:
    assert slots(at({FIRST: "b"}, Attempt({FIRST: "a"}, NOON, succeeded=True))) == [(FIRST,)]


def test_what_failed_for_a_passing_reason_is_tried_again_after_ever_longer_waits() -> None:
    due, once, twice = {FIRST: "a"}, failed({FIRST: "a"}, NOON), failed({FIRST: "a"}, NOON + 5 * MINUTE)
    assert slots(at(due, once, now=NOON + MINUTE / 2)) == []
    assert slots(at(due, once, now=NOON + MINUTE)) == [(FIRST,)]
    assert slots(at(due, twice, once, now=NOON + 6 * MINUTE)) == []
    assert slots(at(due, twice, once, now=NOON + 7 * MINUTE)) == [(FIRST,)]
    assert at(due, twice, once, now=NOON + 7 * MINUTE).now[0].tried == 2


def test_partitions_that_failed_together_for_a_passing_reason_are_tried_again_together() -> None:
    due = {FIRST: "a", SECOND: "b", THIRD: "new"}
    assert slots(at(due, failed({FIRST: "a", SECOND: "b"}))) == [(FIRST, SECOND), (THIRD,)]


def test_a_bad_file_holds_back_no_other_partition_of_its_run() -> None:
    due = {FIRST: "a", SECOND: "b", THIRD: "c"}
    together = failed(due, permanent=True)
    assert slots(at(due, together)) == [(FIRST,), (SECOND,), (THIRD,)]
    found = at(
        due,
        *(Attempt({d: due[d]}, NOON, True) for d in (FIRST, THIRD)),
        failed({SECOND: "b"}, permanent=True),
        together,
    )
    assert (slots(found), list(found.given_up)) == ([], [SECOND])


def test_what_failed_for_good_is_not_offered_again_until_its_files_change() -> None:
    for_good = failed({FIRST: "a"}, NOON - timedelta(days=30), permanent=True)
    assert slots(at({FIRST: "a"}, for_good)) == []
    assert slots(at({FIRST: "b"}, for_good)) == [(FIRST,)]


def test_what_fails_again_and_again_is_given_up_and_says_so() -> None:
    attempts = [failed({FIRST: "a"}, NOON - timedelta(days=n)) for n in range(1, 6)]
    found = at({FIRST: "a"}, *attempts)
    assert (slots(found), found.given_up) == ([], {FIRST: "5 runs failed"})


def test_a_clock_that_was_set_back_makes_nobody_wait() -> None:
    assert slots(at({FIRST: "a"}, failed({FIRST: "a"}, NOON + timedelta(days=3)))) == [(FIRST,)]


def test_what_failed_after_the_clock_was_set_back_is_newer_than_what_ran_before() -> None:
    """Its time says otherwise, and would have it tried at every look until the clock has caught up."""
    before = Attempt({FIRST: "a"}, NOON + timedelta(days=1), succeeded=True)
    assert slots(at({FIRST: "b"}, failed({FIRST: "b"}, NOON), before, now=NOON + MINUTE / 2)) == []
    assert at({FIRST: "b"}, failed({FIRST: "b"}, NOON, permanent=True), before).given_up == {
        FIRST: "its run failed for good"
    }


@settings(max_examples=200)
@given(st.lists(st.integers(-3000, 3000), max_size=4), st.booleans())
def test_a_clock_that_jumps_gives_what_always_fails_no_more_tries(jumps: list[int], permanent: bool) -> None:
    now, limits, attempts = NOON, Limits(), [Attempt({FIRST: "of before"}, NOON - MINUTE, succeeded=True)]
    for jump in (*jumps, 0):
        now += timedelta(minutes=jump)
        for _ in range(60):
            now += MINUTE
            if at({FIRST: "bad"}, *reversed(attempts), now=now).now:
                attempts.append(failed({FIRST: "bad"}, now, permanent=permanent))
    assert len(attempts) - 1 == (1 if permanent else limits.tries)


@st.composite
def deliveries(draw: st.DrawFn) -> dict[str, str]:
    return draw(st.dictionaries(st.sampled_from(DAYS), st.sampled_from("abc"), min_size=1))


@settings(max_examples=200)
@given(deliveries(), st.sets(st.sampled_from(DAYS)), st.integers(1, 3), st.integers(1, 4))
def test_looking_again_and_again_runs_every_good_partition_once_and_every_bad_one_never_for_ever(
    due: dict[str, str], bad: Iterable[str], runs: int, partitions: int
) -> None:
    """Whatever is delivered and however many runs a look may start, it settles: each good file loaded exactly once."""
    waiting, attempts, loaded, poisoned = dict(due), list[Attempt](), list[str](), set(bad)
    for look in range(60):
        now = NOON + look * timedelta(minutes=1)
        found = at(waiting, *reversed(attempts), now=now, runs=runs, partitions=partitions)
        if not found.now:
            break
        for offer in found.now:
            fails = bool(poisoned & set(offer.slots))
            attempts.append(Attempt(offer.states, now, succeeded=not fails, permanent=fails))
            if not fails:
                loaded += offer.slots
                waiting = {slot: state for slot, state in waiting.items() if slot not in offer.slots}
    assert sorted(loaded) == sorted(set(due) - poisoned)
    assert set(waiting) == set(due) & poisoned == set(found.given_up)


@settings(max_examples=300)
@given(deliveries(), st.data())
def test_where_neighbours_are_put_together_each_good_one_runs_and_a_bad_one_ends_alone(
    due: dict[str, str], data: st.DataObject
) -> None:
    poisoned = set(data.draw(st.lists(st.sampled_from(sorted(due)), unique=True)))
    waiting, attempts, loaded, tries = dict(due), list[Attempt](), list[str](), 0
    while found := list(parted(at(waiting, *reversed(attempts)).now, DAYS)):
        for run in together({slot for offer in found for slot in offer.slots}):
            tries += 1
            states, bad = {slot: waiting[slot] for slot in run}, not poisoned.isdisjoint(run)
            attempts.append(failed(states, NOON, permanent=True) if bad else Attempt(states, NOON, succeeded=True))
            loaded += [] if bad else run
        waiting = {slot: state for slot, state in waiting.items() if slot not in loaded}
        assert tries <= 2 * len(due)
    assert (sorted(loaded), set(waiting)) == (sorted(due.keys() - poisoned), poisoned)


def together(chosen: set[str]) -> list[list[str]]:
    """Partitions as Dagster starts them: those that follow one another in one run."""
    runs: list[list[str]] = []
    for i, slot in enumerate(DAYS):
        if slot in chosen:
            if runs and i and runs[-1][-1] == DAYS[i - 1]:
                runs[-1].append(slot)
            else:
                runs.append([slot])
    return runs
