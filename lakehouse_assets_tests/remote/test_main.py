"""The entry point by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import (
    DAGSTER_PIPES_CONTEXT_ENV_VAR,
    DAGSTER_PIPES_MESSAGES_ENV_VAR,
    PipesContext,
    encode_param,
)

from lakehouse_assets.remote.main import NotAskedError, TaskFailedError, main
from lakehouse_assets.remote.task import Task


def test_started_by_hand_it_says_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PipesContext, "_instance", None)
    monkeypatch.setattr("sys.argv", ["lakehouse-task"])
    with pytest.raises(NotAskedError, match="materialise the table in Dagster"):
        main()


def test_a_failure_whose_words_hold_a_secret_is_told_and_raised_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LAKE_PASSWORD", "hunter2-hunter2")
    task = Task("make", "no table, and hunter2-hunter2", (), "", "file:///x", "file:///y", "run")
    said = tmp_path / "1.json"
    (tmp_path / "context.json").write_text(json.dumps(context(task)))
    monkeypatch.setenv(DAGSTER_PIPES_CONTEXT_ENV_VAR, encode_param({"path": str(tmp_path / "context.json")}))
    monkeypatch.setenv(DAGSTER_PIPES_MESSAGES_ENV_VAR, encode_param({"path": str(tmp_path)}))
    monkeypatch.setattr("sys.argv", ["lakehouse-task"])
    monkeypatch.setattr(PipesContext, "_instance", None)
    with pytest.raises(TaskFailedError) as raised:
        main()
    assert raised.value.__cause__ is None
    assert "hunter2-hunter2" not in str(raised.value)
    assert "no table is called" in said.read_text()
    assert "hunter2-hunter2" not in said.read_text()


def context(task: Task) -> dict[str, Any]:
    """What Dagster tells a process that it asks for a task."""
    nothing = dict.fromkeys(("asset_keys", "code_version_by_asset_key", "provenance_by_asset_key", "partition_key"))
    nothing |= dict.fromkeys(("partition_key_range", "partition_time_window", "job_name"))
    return {**nothing, "run_id": "run", "retry_number": 0, "extras": {"task": task.as_json()}}
