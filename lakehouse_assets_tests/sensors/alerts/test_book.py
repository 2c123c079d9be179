"""What is told: every problem once in a window, its end once, whatever happens in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensors.alerts.book import MOST, Entry, News, Pace, advance
from sensors.alerts.problem import Problem

PACE = Pace(window=60, remind=600)
FAILED = Problem("run failed", "bronze/transactions")
OVERRIDE = Problem("vacuum override", "silver/transactions", "run-1")


def told(looks: list[tuple[float, set[Problem]]]) -> list[tuple[float, str, str]]:
    """When what was told, over looks at these times that find these problems."""
    book: dict[str, Entry] = {}
    found = []
    for now, problems in looks:
        book, news = advance(book, problems, now, PACE)
        found += [(now, one.sort, one.problem.subject) for one in news]
    return found


def test_a_problem_is_told_once_and_its_end_once() -> None:
    looks = [(0.0, {FAILED}), (30.0, {FAILED}), (90.0, {FAILED}), (120.0, set()), (150.0, set())]
    assert told(looks) == [(0, "new", FAILED.subject), (120, "over", FAILED.subject)]


def test_a_problem_that_lasts_is_told_again_when_it_is_time_to_remind() -> None:
    looks = [(float(at), {FAILED}) for at in range(0, 1300, 50)]
    assert told(looks) == [(at, sort, FAILED.subject) for at, sort in ((0, "new"), (600, "still"), (1200, "still"))]


def test_what_comes_back_within_the_window_is_told_at_its_end_if_it_is_still_there() -> None:
    looks = [(0.0, {FAILED}), (10.0, set()), (20.0, {FAILED}), (59.0, {FAILED}), (60.0, {FAILED}), (70.0, set())]
    expected = [(0, "new"), (10, "over"), (60, "new"), (70, "over")]
    assert told(looks) == [(at, sort, FAILED.subject) for at, sort in expected]


def test_what_has_happened_is_told_once_and_is_never_over() -> None:
    looks = [(float(at), {OVERRIDE}) for at in range(0, 2000, 100)] + [(2000.0, set())]
    assert told(looks) == [(0, "new", OVERRIDE.subject)]


def test_a_warning_that_grows_into_a_refusal_is_not_over_until_both_are() -> None:
    warns, refused = (Problem(kind, "silver/a", "id__unique") for kind in ("check warns", "check refused"))
    looks = [(0.0, {warns}), (100.0, {refused}), (200.0, {refused}), (300.0, {warns}), (400.0, set())]
    book: dict[str, Entry] = {}
    found = []
    for now, problems in looks:
        book, news = advance(book, problems, now, PACE)
        found += [(now, one.sort, one.problem.kind) for one in news]
    assert found == [
        (0, "new", "check warns"),
        (100, "new", "check refused"),
        (300, "over", "check refused"),
        (400, "over", "check warns"),
    ]
    other = Problem("check refused", "silver/a", "another")
    assert [news.sort for news in advance(advance({}, [warns], 0, PACE)[0], [other], 100, PACE)[1]] == ["new", "over"]


def test_a_lost_book_tells_what_is_open_once_and_no_end_that_it_does_not_know_of() -> None:
    book, _ = advance({}, {FAILED}, 0, PACE)
    assert len(book) == 1
    _, news = advance({}, {FAILED}, 1, PACE)
    assert [one.sort for one in news] == ["new"]
    assert advance({}, set(), 1, PACE) == ({}, [])


def test_a_clock_that_is_set_back_makes_nothing_be_told_twice_nor_never_again() -> None:
    looks = [(1_000_000.0, {FAILED}), (0.0, {FAILED}), (30.0, {FAILED}), (600.0, {FAILED})]
    assert told(looks) == [(1_000_000, "new", FAILED.subject), (600, "still", FAILED.subject)]


def test_the_book_is_bounded_and_what_it_holds_is_not_pushed_out() -> None:
    many = [Problem("check warns", f"t{n}") for n in range(MOST)]
    book, _ = advance({}, many, 0, PACE)
    book, news = advance(book, [*many, FAILED], 1, PACE)
    assert (len(book), news) == (MOST, []), "the newcomer waits, and no end is told of what is still there"
    book, news = advance(book, [*many[1:], FAILED], 100, PACE)
    assert [(one.sort, one.problem.subject) for one in news] == [("new", FAILED.subject), ("over", "t0")]


def test_a_security_event_is_told_at_once_though_the_book_is_full() -> None:
    many = [Problem("check warns", f"t{n}") for n in range(MOST)]
    book, _ = advance({}, many, 0, PACE)
    book, news = advance(book, [*many, OVERRIDE, FAILED], 1, PACE)
    assert [one.problem for one in news] == [OVERRIDE]
    assert advance(book, [*many, OVERRIDE, FAILED], 2, PACE)[1] == [], "and nothing is over for it"


PROBLEMS = [Problem(kind, subject) for kind in ("run failed", "check warns") for subject in ("a", "b")]
LOOKS = st.lists(st.tuples(st.integers(1, 200), st.sets(st.sampled_from(PROBLEMS))), max_size=40)


@given(LOOKS)
def test_for_any_sequence_of_failures_and_recoveries_each_is_told_once_in_a_window(
    looks: list[tuple[int, set[Problem]]],
) -> None:
    book: dict[str, Entry] = {}
    now, last_told, owed = 0.0, dict[str, float](), set[str]()
    for wait, problems in looks:
        now += wait
        book, news = advance(book, problems, now, PACE)
        assert len({one.problem.key for one in news}) == len(news), "a look tells nothing twice"
        keys = {problem.key for problem in problems}
        _check(news, keys, last_told, owed, now)
        silent = {key for key in keys if key not in owed}
        assert all(now - last_told[key] < PACE.window for key in silent), "only what was told in the window is not"
        assert owed <= keys, "every end of what was told is told at once"


def _check(news: list[News], keys: set[str], last_told: dict[str, float], owed: set[str], now: float) -> None:
    for one in news:
        key = one.problem.key
        if one.sort == "over":
            assert key in owed, "an end is told of what was told, and once"
            assert key not in keys
            owed.discard(key)
        else:
            assert key in keys
            least = PACE.window if one.sort == "new" else PACE.remind
            assert key not in last_told or now - last_told[key] >= least
            assert (key in owed) == (one.sort == "still")
            last_told[key] = now
            owed.add(key)
