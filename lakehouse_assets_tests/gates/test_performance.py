"""A figure that got worse fails against the release before; a release is never measured by itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gates.performance import BAND, FIGURES, compare
from lakehouse_assets_tests.gates.history import REPOSITORY, History


def figure(value: float, unit: str = "times", name: str = "year") -> dict[str, object]:
    return {"name": name, "what": "raw to gold", "figure": value, "unit": unit}


def measured(value: float) -> dict[str, str]:
    return {FIGURES: json.dumps([figure(value)])}


@pytest.fixture
def history(tmp_path: Path) -> History:
    """One release that was measured at 1.6."""
    begun = History.begun(tmp_path / "repository")
    begun.commit(measured(1.6), tag="v1.0.0")
    return begun


@pytest.mark.parametrize(("now", "worse"), [(1.6, False), (2.0, False), (2.01, True)])
def test_a_ratio_may_be_worse_than_at_the_last_release_within_the_band(now: float, worse: bool) -> None:
    (line,) = compare([figure(1.6)], [figure(now)])
    assert BAND == 1.25
    assert line.worse is worse
    assert ("worse than the band" in str(line)) is worse


def test_seconds_are_not_compared_and_a_new_measure_is_no_failure() -> None:
    assert compare([figure(1, "seconds")], [figure(100, "seconds")]) == []
    (line,) = compare([], [figure(9.0)])
    assert (line.before, line.worse) == (None, False)


@pytest.mark.parametrize(("now", "fails"), [(2.0, 0), (2.01, 1)])
def test_a_release_is_held_against_the_one_before_it_and_not_against_itself(
    history: History, now: float, fails: int
) -> None:
    history.commit(measured(now), tag="v1.1.0")
    told = history.gate("gates.performance", "--before", "v1.1.0")
    assert told.returncode == fails, told.stderr
    assert told.stdout.startswith("### Performance against v1.0.0,")


def test_what_was_measured_tonight_is_held_against_the_last_release(history: History, tmp_path: Path) -> None:
    history.commit({"README.md": "more"})
    tonight = tmp_path / "figures.json"
    tonight.write_text(json.dumps([figure(2.01)]))
    assert history.gate("gates.performance").returncode == 0
    told = history.gate("gates.performance", "--figures", str(tonight))
    assert told.returncode == 1
    assert "| year: raw to gold | 1.60 | 2.01 | **worse than the band** |" in told.stdout


def test_before_the_first_release_there_is_nothing_to_compare_with(history: History) -> None:
    told = history.gate("gates.performance", "--before", "v1.0.0")
    assert (told.returncode, told.stdout) == (0, "There is no release to compare with yet.\n")


def test_a_release_that_is_not_there_and_a_history_that_is_cut_off_are_no_good_news(
    history: History, tmp_path: Path
) -> None:
    unknown = history.gate("gates.performance", "--before", "v9.0.0")
    assert unknown.returncode == 1
    assert "v9.0.0 is not in this repository" in unknown.stderr
    history.commit(measured(9.0), tag="v1.1.0")
    history.git(
        "clone", "--quiet", "--depth", "1", "--branch", "v1.1.0", history.folder.as_uri(), str(tmp_path / "cut")
    )
    shallow = History(tmp_path / "cut").gate("gates.performance", "--before", "v1.1.0")
    assert shallow.returncode == 1
    assert "this clone is shallow" in shallow.stderr


def test_make_passes_the_release_on() -> None:
    command = ["make", "--dry-run", "performance", "NAME=v1.1.0"]
    told = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert '-m gates.performance --before "v1.1.0"' in told
