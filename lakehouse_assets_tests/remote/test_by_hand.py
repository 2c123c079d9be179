"""A job that a person starts makes a table without Dagster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import UnknownPartitionError, UnknownTableError
from lakehouse_assets.remote.by_hand import BY_HAND, task_of
from lakehouse_assets.remote.main import main
from lakehouse_assets.settings import Settings


def test_what_names_no_table_asks_for_nothing() -> None:
    assert task_of(["--dagster-pipes-context", "x"]) is None


def test_a_table_that_is_none_and_a_partition_that_is_missing_are_errors(lake: Settings) -> None:
    with pytest.raises(UnknownTableError, match="no table is called 'gold/nothing'"):
        task_of(["--table", "gold/nothing"])
    with pytest.raises(UnknownPartitionError, match="no partition was named"):
        task_of(["--table", "gold/daily_store_sales"])


def test_keys_are_taken_as_they_are_written_by_hand(lake: Settings) -> None:
    task = task_of(["--table", "gold/daily_store_sales", "--keys", "2017-01-01, 2017-01-02,"])
    assert task is not None
    assert task.keys == ("2017-01-01", "2017-01-02")


def test_it_is_for_the_lake_and_the_environment_that_the_variables_name(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_ROOT", lake.root)
    monkeypatch.setenv("LAKEHOUSE_LANDING", lake.landing)
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "production")
    task = task_of(["--table", "bronze/households"])
    assert task is not None
    assert (task.root, task.environment) == (lake.root, "production")


def test_a_table_is_made_and_the_answer_printed(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for layer in ("bronze", "quarantine"):
        (tmp_path / f"of-{layer}").mkdir()
    monkeypatch.setenv("LAKEHOUSE_LAYERS", f"file://{tmp_path}/of-{{layer}}")
    delivered = Path(lake.landing) / "households" / "1.json"
    delivered.parent.mkdir(parents=True)
    delivered.write_text(json.dumps({"household_id": "1", "age": "25-34"}) + "\n")
    monkeypatch.setattr("sys.argv", ["lakehouse-task", "--table", "bronze/households"])
    main()
    stored = DeltaTable(str(tmp_path / "of-bronze/bronze/households"))
    assert stored.to_pyarrow_table().column("household_id").to_pylist() == ["1"]
    assert BY_HAND in json.dumps(stored.history(1))
    printed = capsys.readouterr().out
    assert json.loads(printed[printed.index("{") :])["outcome"]["publication"]["version"] == 0
