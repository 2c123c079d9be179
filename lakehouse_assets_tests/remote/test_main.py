"""The entry point by itself."""

from __future__ import annotations

import pytest

from lakehouse_assets.remote.main import NotAskedError, main


def test_started_by_hand_it_says_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["lakehouse-task"])
    with pytest.raises(NotAskedError, match="materialise the table in Dagster"):
        main()
