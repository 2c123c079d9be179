"""What is wrong, from what Dagster's records say: runs, checks, freshness, sensors and schedules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensors.alerts import checks
from sensors.alerts.checks import MOST_SLOTS, Failing, Result
from sensors.alerts.freshness import Promise, late
from sensors.alerts.problem import KINDS, Problem, sentence
from sensors.alerts.runs import Ended, failing
from sensors.alerts.ticking import Ticker, dead, due_by

TABLE, MON, TUE, WED = "silver/transactions", "2017-01-02", "2017-01-03", "2017-01-04"


def run(id_: str, outcome: str, *slots: str, security: str = "") -> Ended:
    return Ended(id_, outcome, {TABLE: slots}, security)  # type: ignore[arg-type]


def kinds(problems: list[Problem]) -> list[tuple[str, tuple[str, ...]]]:
    return [(problem.kind, problem.names) for problem in problems]


def test_a_failed_run_is_made_good_by_a_later_run_of_all_its_partitions_and_by_no_other() -> None:
    first = run("1", "failed", MON, TUE)
    assert kinds(failing([first])) == [("run failed", (MON, TUE))]
    assert kinds(failing([run("2", "succeeded", WED), first])) == [("run failed", (MON, TUE))]
    assert kinds(failing([run("2", "succeeded", MON), first])) == [("run failed", (TUE,))]
    assert failing([run("2", "succeeded", MON, TUE), first]) == []
    assert kinds(failing([first, run("0", "succeeded", MON, TUE)])) == [("run failed", (MON, TUE))]


def test_a_failed_run_that_named_no_partition_is_told_and_made_good_by_any_later_one() -> None:
    for first in (run("1", "failed"), run("1", "failed", "")):
        assert kinds(failing([first])) == [("run failed", ())]
        assert failing([run("2", "succeeded", MON), first]) == []
        assert kinds(failing([run("2", "failed", MON), first])) == [("run failed", (MON,))]
        assert kinds(failing([first, run("0", "succeeded", MON)])) == [("run failed", ())]


def test_a_run_that_failed_by_a_security_event_is_told_as_that() -> None:
    (problem,) = failing([run("1", "failed", MON, security="write outside range")])
    assert (problem.kind, problem.severity, problem.path) == ("write outside range", "security", "/runs/1")
    assert kinds(failing([run("1", "failed", MON, security="of a later version")])) == [("run failed", (MON,))]


def test_partitions_that_a_check_refused_are_told_by_the_check_alone() -> None:
    assert failing([run("1", "failed", MON)], {(TABLE, MON)}) == []
    assert kinds(failing([run("1", "failed", MON, TUE)], {(TABLE, MON)})) == [("run failed", (TUE,))]


def result(slot: str, passed: bool, run: str = "1", refuses: bool = True) -> Result:
    return Result(TABLE, "id__unique", slot, run, passed, refuses and not passed)


def left(*results: Result) -> list[tuple[str, tuple[str, ...]]]:
    return kinds(checks.failing(checks.after({}, results)))


def test_a_blocking_check_fails_until_each_refused_partition_passes() -> None:
    refused = [result(MON, False), result(TUE, False), result(WED, True)]
    assert left(*refused) == [("check refused", (MON, TUE))]
    assert left(*refused, result(MON, True, "2")) == [("check refused", (TUE,))]
    assert left(*refused, result(MON, True, "2"), result(TUE, True, "3")) == []


def test_a_refused_partition_that_is_published_with_a_warning_is_not_said_to_be_refused_any_more() -> None:
    refused = [result(MON, False), result(TUE, False)]
    published = result(MON, False, "2", refuses=False)
    assert left(*refused, published) == [("check refused", (TUE,)), ("check warns", (MON,))]
    assert left(*refused, published, result(TUE, True, "3")) == []


def test_a_check_that_warns_speaks_for_its_last_run() -> None:
    warns = [result(MON, False, refuses=False), result(TUE, True)]
    assert left(*warns) == [("check warns", (MON,))], "another partition of the same run mends nothing"
    assert left(*warns, result(TUE, True, "2")) == []
    assert left(*warns, result(TUE, False, "2", refuses=False)) == [("check warns", (TUE,))]
    assert left(*warns, result(TUE, False, "2", refuses=True)) == [("check refused", (TUE,))]


def test_what_is_found_outside_of_runs_speaks_for_its_own_partition_alone() -> None:
    warns = [result(MON, False, refuses=False), result(TUE, False, refuses=False)]
    assert left(*warns, result(MON, True, "")) == [("check warns", (TUE,))]
    assert left(*warns, result(MON, False, "", refuses=False)) == [("check warns", (MON, TUE))]
    assert left(*warns, result(MON, True, ""), result(TUE, True, "")) == []


def test_of_more_partitions_than_are_remembered_it_is_told_how_many_there_are_at_least() -> None:
    def told(number: int) -> str:
        (problem,) = checks.failing(checks.after({}, [result(f"{slot:03}", False) for slot in range(number)]))
        return sentence(problem)

    assert told(MOST_SLOTS - 1).endswith("000, 001, 002, 003, 004 and 24 more")
    assert told(365).endswith("335, 336, 337, 338, 339 and at least 25 more")


@given(st.lists(st.tuples(st.integers(0, 80), st.booleans(), st.integers(1, 9))))
def test_for_any_results_a_blocking_check_fails_exactly_where_its_last_result_failed(
    told: list[tuple[int, bool, int]],
) -> None:
    results = [result(f"{slot:02}", passed, str(run)) for slot, passed, run in told]
    last = {one.slot: one for one in results}
    expected = {slot for slot, one in last.items() if not one.passed}
    found = checks.after({}, results).get((TABLE, "id__unique"), Failing((), (), ""))
    if max(map(len, _sizes(results)), default=0) <= MOST_SLOTS:
        assert set(found.refused) == expected
    assert len(found.refused) <= MOST_SLOTS


def _sizes(results: list[Result]) -> list[set[str]]:
    """The partitions that failed at once, after each result."""
    failed: set[str] = set()
    sizes = []
    for one in results:
        failed = failed - {one.slot} if one.passed else failed | {one.slot}
        sizes.append(failed)
    return sizes


def test_a_table_is_late_once_it_was_not_made_for_too_long_and_never_made_is_not_late() -> None:
    assert late([Promise("a", made=50, needed=50)], now=100) == []
    assert late([Promise("a", made=None, needed=50)], now=100) == []
    (problem,) = late([Promise("a", made=3_600, needed=9_000)], now=3_600 * 4)
    assert (problem.kind, problem.figures) == ("freshness missed", {"hours_old": 3.0})


NOW = 1_000_000.0


def sensor(ticked: float | None, *failed: bool, started: float | None = 0.0, refused: bool = False) -> Ticker:
    return Ticker("arrivals", "sensor", due_by(NOW, 30), ticked, started, failed, refused)


def test_a_sensor_that_fails_three_times_in_a_row_is_told_and_one_that_fails_once_is_not() -> None:
    assert dead([sensor(NOW, True, False, False)], NOW, 0.0) == []
    assert dead([sensor(NOW, True, True)], NOW, 0.0) == []
    assert kinds(dead([sensor(NOW, True, True, True)], NOW, 0.0)) == [("sensor fails", ())]


def test_a_sensor_that_the_store_does_not_let_in_is_told_at_once_as_a_security_event() -> None:
    assert kinds(dead([sensor(NOW, True, refused=True)], NOW, 0.0)) == [("credential refused", ())]


def test_a_sensor_that_is_on_and_silent_is_told_and_one_that_was_just_switched_on_is_not() -> None:
    (problem,) = dead([sensor(NOW - 1200)], NOW, 0.0)
    assert (problem.kind, problem.what, problem.figures) == ("stopped ticking", "sensor", {"minutes_since": 20})
    assert dead([sensor(NOW - 500)], NOW, 0.0) == []
    assert dead([sensor(NOW - 1200, started=NOW - 60)], NOW, 0.0) == []
    assert kinds(dead([sensor(None, started=NOW - 1200)], NOW, 0.0)) == [("stopped ticking", ())]
    assert due_by(NOW, 120) == NOW - 1200, "a slow sensor is given ten of its intervals"


def test_nobody_is_blamed_for_the_time_in_which_the_daemon_was_off() -> None:
    assert dead([sensor(NOW - 90_000)], NOW, awake=NOW - 60) == []
    assert kinds(dead([sensor(NOW - 90_000)], NOW, awake=NOW - 601)) == [("stopped ticking", ())]


def test_every_kind_says_what_is_wrong_and_what_to_do_and_an_event_alone_is_never_over() -> None:
    for kind in KINDS.values():
        assert kind.says
        assert kind.remedy
        assert bool(kind.over) != kind.event
