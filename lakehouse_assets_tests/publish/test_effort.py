"""What making partitions takes, as it is measured."""

from __future__ import annotations

import sys

import pytest

from lakehouse_assets.publish import effort
from lakehouse_assets.publish.effort import Effort, peak_memory_bytes, watch_memory

MB = 1_000_000


def test_all_phases_make_the_seconds_whether_reading_is_one_of_them_or_not() -> None:
    assert Effort(look=1, read=2, judge=3, quarantine=4, commit=5).seconds == 15
    assert Effort(look=1, judge=3, quarantine=4, commit=5).seconds == 13


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process count its peak anew")
def test_the_peak_is_that_since_it_was_watched_and_what_was_given_back_before_is_not_in_it() -> None:
    before = bytearray(200 * MB)
    before[::4096] = b"x" * len(before[::4096])
    high = peak_memory_bytes()
    del before
    watch_memory()
    low = peak_memory_bytes()
    assert low < high - 100 * MB
    held = bytearray(200 * MB)
    held[::4096] = b"x" * len(held[::4096])
    assert peak_memory_bytes() > low + 100 * MB, "of what tests before left, something may go meanwhile"


def test_where_the_kernel_tells_nothing_the_peak_is_that_of_the_whole_process(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effort, "RESET", tmp_path / "no" / "clear_refs")
    monkeypatch.setattr(effort, "STATUS", tmp_path / "no" / "status")
    watch_memory()
    assert peak_memory_bytes() > 10 * MB
