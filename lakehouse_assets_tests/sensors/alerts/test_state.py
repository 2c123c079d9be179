"""What one look leaves to the next: as it was, bounded, and nothing to rely on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.alerts.bands import Sample
from sensors.alerts.book import KEPT_FREE, MOST, Entry, Pace
from sensors.alerts.checks import MOST as MOST_CHECKS
from sensors.alerts.checks import MOST_SLOTS, Failing, Result
from sensors.alerts.looking import KEPT, Records, look
from sensors.alerts.messages import Message
from sensors.alerts.outbox import Waiting
from sensors.alerts.problem import Problem
from sensors.alerts.routes import Routing
from sensors.alerts.runs import Ended
from sensors.alerts.sending import deliver
from sensors.alerts.state import State, state_of
from sensors.alerts.ticking import Ticker, due_by

ROUTING = Routing({"c": "C"}, (), ("c",), pace=Pace(60, 86_400))
OVERRIDE = Problem("vacuum override", "silver/a", "run-1", ("x",), 1, {"hours": 1.5}, "/runs/1")


def step(state: State, records: Records, now: float) -> tuple[State, list[str]]:
    """One look over a state that was stored in between, and the titles of what it put into the outbox."""
    stored = state_of(state.as_text())
    after, _ = look(stored, records, ROUTING, lambda subject: (), now)
    return replace(after, outbox={}), [m.title for w in after.outbox.values() for m in w.messages]


def test_a_state_is_read_as_it_was_written() -> None:
    state = State(
        book={OVERRIDE.key: Entry(1.0, 2.0, owed=True)},
        outbox={"c": Waiting((Message("t", "text", "error"),), 2, 99.5, 3)},
        failures={("silver/a", "id__unique"): Failing(("2017-01-01",), ("2017-01-02",), "run-1")},
        read=17,
        seen={"silver/a": 5},
        figures={"silver/a": (OVERRIDE,)},
        events=((OVERRIDE, 3.0),),
        versions={"silver/a": 7},
        logs_read=3.5,
        looked=4.0,
        awake=2.5,
    )
    assert state_of(state.as_text()) == state


@pytest.mark.parametrize("text", [None, "", "not json", "[]", '{"book": 3}', '{"events": [[["no such kind"], 1]]}'])
def test_a_state_that_cannot_be_read_is_none(text: str | None) -> None:
    assert state_of(text) == State()


def test_a_state_of_the_worst_day_fits_into_the_store_of_values() -> None:
    names = [f"silver/a_table_with_quite_a_long_name_{n:04}" for n in range(2 * MOST)]
    slots = tuple(f"2017-01-{n:02}" for n in range(80))
    records = Records(
        runs=[Ended(f"{n:036}", "failed", {name: slots}) for n, name in enumerate(names)],
        results=[Result(n, "c", s, "r" * 36, passed=False, refuses=True) for n in names for s in slots],
        happened=[(Problem("vacuum override", name, f"{n}"), 0.0) for n, name in enumerate(names)],
    )
    after, _ = look(State(), records, ROUTING, lambda subject: (), 0.0)
    assert len(after.failures) == MOST_CHECKS
    assert all(len(found.refused) == MOST_SLOTS for found in after.failures.values())
    assert len(after.book) == MOST + KEPT_FREE
    assert len(replace(after, outbox={}).as_text()) < 100_000
    assert len(after.as_text()) < 110_000, "the storm is one message"


def test_a_lost_state_tells_what_is_open_as_one_digest_and_no_more() -> None:
    records = Records(runs=[Ended(f"{n}", "failed", {f"silver/t{n}": ("",)}) for n in range(30)])
    before, titles = step(State(), records, 0.0)
    assert titles == ["30 problems, 0 over"]
    assert step(before, records, 60.0)[1] == []
    after, titles = step(State(), records, 120.0)
    assert titles == ["30 problems, 0 over"]
    assert step(after, records, 180.0)[1] == []


def test_figures_out_of_their_band_stay_open_until_the_next_materialisation_is_usual() -> None:
    usual = [Sample(n, f"{n:02}", f"r{n}", 1000.0) for n in range(12)]
    odd, good = Sample(12, "12", "r12", 3.0), Sample(13, "13", "r13", 990.0)
    state, titles = step(State(), Records(samples={"bronze/a": [*usual, odd]}), 0.0)
    assert titles == ["WARNING bronze/a: volume unusual"]
    state, titles = step(state, Records(), 60.0)
    assert titles == []
    _, titles = step(state, Records(samples={"bronze/a": [*usual, odd, good]}), 120.0)
    assert titles == ["OVER bronze/a: volume unusual"]


def test_a_first_look_does_not_tell_of_what_lies_further_back_than_the_last_materialisation() -> None:
    past = [Sample(1, "01", "r1", 3.0), *(Sample(n, f"{n:02}", f"r{n}", 1000.0) for n in range(2, 15))]
    assert step(State(), Records(samples={"bronze/a": past}), 0.0)[1] == []


def test_what_has_happened_is_open_for_a_day_told_once_and_never_over() -> None:
    state, titles = step(State(), Records(happened=[(OVERRIDE, 0.0)]), 0.0)
    assert titles == ["SECURITY silver/a run-1: vacuum override"]
    for now in (60.0, 4_000.0, KEPT - 1, KEPT + 1, KEPT + 4_000):
        state, titles = step(state, Records(), now)
        assert titles == []
    assert (state.events, state.book) == ((), {})


def test_after_a_night_without_a_daemon_a_sensor_has_as_long_as_ever_to_tick() -> None:
    def silent(now: float) -> Records:
        return Records(tickers=[Ticker("arrivals", "sensor", due_by(now, 30), ticked=0.0)])

    state, titles = step(State(), silent(30.0), 30.0)
    morning, found = 30_000.0, {}
    for minutes in range(15):
        now = morning + 60 * minutes
        state, titles = step(state, silent(now), now)
        found[minutes] = titles
    assert {minutes for minutes, titles in found.items() if titles} == {11}
    assert found[11] == ["ERROR arrivals sensor: stopped ticking"]


def test_while_nobody_is_to_be_told_nothing_counts_as_told() -> None:
    records = Records(runs=[Ended("1", "failed", {"silver/a": ("",)})])
    state, news = look(State(), records, Routing(), lambda subject: (), 0.0)
    assert (news, dict(state.book)) == ([], {})
    assert step(state, records, 60.0)[1] == ["ERROR silver/a: run failed"]


def test_that_a_channel_fails_is_told_by_another_and_so_is_its_end() -> None:
    routing = Routing({"c": "C", "d": "D"}, (), ("c", "d"))
    failing = State(outbox={"c": Waiting((Message("t", "text", "error"),), failed=1, again=60.0)})
    state, _ = look(failing, Records(), routing, lambda subject: (), 0.0)
    assert [m.title for m in state.outbox["d"].messages] == ["ERROR c: channel fails"]
    assert [m.title for m in state.outbox["c"].messages] == ["t"]
    works = State(book=state.book)
    state, _ = look(works, Records(), routing, lambda subject: (), 60.0)
    assert [m.title for m in state.outbox["d"].messages] == ["OVER c: channel fails"]


DAYS = tuple(f"2017-01-0{n}" for n in range(1, 4))
STEPS = st.lists(
    st.tuples(st.integers(1, 90), st.sampled_from(("a", "b")), st.sampled_from(DAYS), st.booleans(), st.booleans()),
    max_size=25,
)


@given(STEPS)
def test_for_any_runs_and_a_channel_that_comes_and_goes_each_problem_and_each_end_arrives_once(
    steps: list[tuple[int, str, str, bool, bool]],
) -> None:
    """Runs of two tables fail and succeed; the channel accepts messages or does not; then it does."""
    state, now, runs, arrived = State(), 0.0, list[Ended](), list[str]()
    told: list[str] = []

    def one_look(accepts: bool) -> None:
        nonlocal state

        def send(_: str, message: Message) -> None:
            if not accepts:
                raise ConnectionRefusedError
            arrived.append(message.title)

        state, news = look(state_of(state.as_text()), Records(runs=runs), routing, lambda subject: (), now)
        told.extend(f"{n.sort} {n.problem.subject}" for n in news if n.problem.kind == "run failed")
        state = replace(state, outbox=deliver(state.outbox, send, now)[0])

    routing = replace(ROUTING, storm=1000)
    for wait, table, day, succeeds, accepts in steps:
        now += wait
        runs.insert(0, Ended(str(len(runs)), "succeeded" if succeeds else "failed", {table: (day,)}))
        one_look(accepts)
    for _ in range(3):  # the longest wait of a channel, and what was held back by the window
        now += 4_000
        one_look(accepts=True)
    assert state.outbox["c"] == Waiting() if "c" in state.outbox else not arrived
    labels = {"new": "ERROR", "still": "STILL ERROR", "over": "OVER"}
    assert arrived == [f"{labels[one.split()[0]]} {one.split()[1]}: run failed" for one in told], "in order, once"
    for table in ("a", "b"):
        mine = [one.split()[0] for one in told if one.endswith(f" {table}")]
        assert [one for one in mine if one != "still"] == (["new", "over"] * len(mine))[
            : len(mine) - mine.count("still")
        ]
        failed = {day for day in DAYS if _last(runs, table, day) == "failed"}
        assert bool(failed) == (bool(mine) and mine[-1] != "over"), "what is open at the end was told, and nothing else"


def _last(runs: list[Ended], table: str, day: str) -> str:
    return next((run.outcome for run in runs if run.slots.get(table) == (day,)), "")
