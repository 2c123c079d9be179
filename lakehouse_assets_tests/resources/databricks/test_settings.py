"""Settings of jobs: a file and variables, each fault one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.errors import SettingsError
from resources.databricks.settings import DatabricksSettings

if TYPE_CHECKING:
    from pathlib import Path

VOLUME = "/Volumes/main/ops/lakehouse"


def settings(tmp_path: Path, text: str) -> DatabricksSettings:
    (tmp_path / "databricks.toml").write_text(text)
    return DatabricksSettings.from_environment(tmp_path)


def test_a_volume_is_all_that_must_be_said(tmp_path: Path) -> None:
    said = settings(tmp_path, f'volume = "{VOLUME}/"')
    assert (said.volume, said.compute, said.spot) == (VOLUME, "cluster", True)
    assert said.wheel_path == f"{VOLUME}/lakehouse_assets-0.1.0-py3-none-any.whl"


def test_a_variable_is_stronger_than_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_MAX_WORKERS", "9")
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_SPOT", "false")
    said = settings(tmp_path, f'volume = "{VOLUME}"\nmax_workers = 2')
    assert (said.max_workers, said.spot) == (9, False)


def test_a_container_without_a_file_says_several_values_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_ENVIRONMENT", '{"AZURE_CLIENT_SECRET":"{{secrets/lake/client_secret}}"}')
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_REQUIREMENTS", '["holidays==0.60"]')
    said = settings(tmp_path, f'volume = "{VOLUME}"\n[environment]\nAWS_REGION = "eu-west-1"')
    assert said.environment == {"AZURE_CLIENT_SECRET": "{{secrets/lake/client_secret}}"}
    assert said.requirements == ("holidays==0.60",)
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_ENVIRONMENT", '{"AZURE_CLIENT_SECRET":"hunter2"')
    with pytest.raises(SettingsError, match="environment Input should be a valid dictionary") as told:
        settings(tmp_path, f'volume = "{VOLUME}"')
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "volume is not set"),
        ('volume = "dbfs:/tmp"', "volume is not below a volume"),
        (f'volume = "{VOLUME}"\nnodes = 3', "there is no setting 'nodes'"),
        (f'volume = "{VOLUME}"\nmin_workers = 5', "max_workers (4) is less than min_workers (5)"),
        (f'volume = "{VOLUME}"\ncompute = "notebook"', "compute Input should be 'cluster' or 'serverless'"),
        ("volume =", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(SettingsError) as told:
        settings(tmp_path, text)
    assert fault in str(told.value)
    assert "Remedy: " in str(told.value)


def test_a_secret_in_plain_sight_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="AWS_SECRET_ACCESS_KEY; store them in a secret scope") as told:
        settings(tmp_path, f'volume = "{VOLUME}"\n[environment]\nAWS_SECRET_ACCESS_KEY = "hunter2"')
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "name", ["fs.azure.account.key.acme.dfs.core.windows.net", "spark.hadoop.fs.s3a.secret.key", "ConnectionPassword"]
)
def test_nor_may_sparks_settings_hold_one(tmp_path: Path, name: str) -> None:
    said = f'volume = "{VOLUME}"\n[spark_conf]\n"{name}" = '
    with pytest.raises(SettingsError, match=f"{name}; store them in a secret scope") as told:
        settings(tmp_path, said + '"hunter2"')
    assert "hunter2" not in str(told.value)
    assert settings(tmp_path, said + '"{{secrets/lake/key}}"').spark_conf == {name: "{{secrets/lake/key}}"}


def test_settings_of_spark_that_only_speak_of_keys_are_none(tmp_path: Path) -> None:
    said = {"spark.sql.mapKeyDedupPolicy": "LAST_WIN", "fs.azure.sas.token.provider.type": "com.acme.Tokens"}
    lines = "".join(f'"{name}" = "{value}"\n' for name, value in said.items())
    assert settings(tmp_path, f'volume = "{VOLUME}"\n[spark_conf]\n{lines}').spark_conf == said


def test_a_file_that_was_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_FILE", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match="cannot be read"):
        DatabricksSettings.from_environment(tmp_path)
