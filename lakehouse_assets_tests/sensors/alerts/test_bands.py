"""Figures out of their usual band: told from enough of them, unmoved by a few odd ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensors.alerts.bands import ENOUGH, Sample, band, unusual

USUAL = [1000, 1040, 980, 1010, 995, 1005, 990, 1020, 1015, 985, 1000, 1012]


def samples(*rows: float, quarantined: float = 0, seconds: float = 2.0) -> list[Sample]:
    return [Sample(n, f"day-{n:03}", f"run-{n}", value, quarantined, seconds) for n, value in enumerate(rows)]


def found(told: list[Sample], seen: int | None = None) -> list[tuple[str, tuple[str, ...]]]:
    last = max(sample.id for sample in told)
    return [(p.kind, p.names) for p in unusual("t", told, last - 1 if seen is None else seen)]


def test_a_day_with_far_fewer_or_far_more_rows_is_told_with_what_is_usual() -> None:
    for rows in (0, 200, 3000):
        (problem,) = unusual("t", samples(*USUAL, rows), len(USUAL) - 1)
        assert (problem.kind, problem.names) == ("volume unusual", ("day-012",))
        assert problem.figures["found"] == rows
        assert 980 <= problem.figures["usual"] <= 1020
    assert found(samples(*USUAL, 1300)) == []


def test_nothing_is_told_without_enough_history() -> None:
    assert found(samples(*USUAL[: ENOUGH - 1], 0)) == []
    assert found(samples(*USUAL[:ENOUGH], 0)) != []


def test_what_was_seen_is_no_news_and_what_came_since_is() -> None:
    told = samples(*USUAL, 0, 1000)
    assert found(told) == []
    assert found(told, seen=len(USUAL) - 1) == [("volume unusual", ("day-012",))]


def test_a_partition_made_again_counts_as_it_is_now() -> None:
    told = [*samples(*USUAL, 0), Sample(99, "day-012", "again", 1000, 0, 2.0)]
    assert found(told, seen=0) == []


def test_quarantine_that_grows_is_told_and_one_that_shrinks_is_not() -> None:
    before = [Sample(n, f"{n:02}", f"r{n}", 1000, 20 + n % 3) for n in range(12)]
    assert found([*before, Sample(12, "12", "r", 1000, 200)]) == [("quarantine growing", ("12",))]
    assert found([*before, Sample(12, "12", "r", 1000, 0)]) == []
    none = [Sample(n, f"{n:02}", f"r{n}", 1000, 0) for n in range(12)]
    assert found([*none, Sample(12, "12", "r", 1000, 9)]) == [], "a handful is no growth"
    assert found([*none, Sample(12, "12", "r", 1000, 11)]) == [("quarantine growing", ("12",))]


def test_a_run_is_slow_among_runs_of_as_many_partitions() -> None:
    single = [Sample(n, f"{n:02}", f"r{n}", None, None, 2.0) for n in range(12)]
    year = [Sample(20 + n, f"{20 + n}", "year", None, None, 300.0) for n in range(30)]
    assert found([*single, *year]) == [], "of a year there is nothing to compare with"
    assert found([*single, Sample(99, "99", "slow", None, None, 30.0)]) == [("duration unusual", ("99",))]
    assert found([*single, Sample(99, "99", "quick", None, None, 0.1)]) == []


def test_runs_of_a_table_without_partitions_are_compared_with_each_other() -> None:
    whole = [Sample(n, "", f"r{n}", 1000) for n in range(12)]
    assert [kind for kind, _ in found([*whole, Sample(12, "", "r12", 10)])] == ["volume unusual"]


@given(st.lists(st.floats(900, 1100), min_size=ENOUGH, max_size=60), st.floats(-1e9, 1e9), st.data())
def test_a_few_odd_figures_do_not_move_the_band_beyond_what_is_usual(
    past: list[float], odd: float, data: st.DataObject
) -> None:
    some = data.draw(st.integers(0, len(past) // 4))
    found = band([*past, *[odd] * some], share=0.5, least=5)
    assert found is not None
    assert 900 <= found.usual <= 1100
    assert found.low <= found.usual <= found.high
    assert found.high <= 1100 + max(6 * 1.4826 * 200, 550)
