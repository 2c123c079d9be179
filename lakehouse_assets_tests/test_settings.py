"""The LAKEHOUSE_* variables."""

from pathlib import Path

import pytest

from lakehouse_assets.errors import SettingsError
from lakehouse_assets.settings import Settings

NAMES = ("HOME", "ROOT", "LAYERS", "LANDING", "ENGINE", "ENVIRONMENT", "BRANCH")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(f"LAKEHOUSE_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_variables_everything_lies_in_dot_lakehouse(tmp_path: Path) -> None:
    settings = Settings.from_environment()
    assert settings.root == str(tmp_path / ".lakehouse/lake")
    assert settings.landing == str(tmp_path / ".lakehouse/landing")
    assert settings.dagster_home == tmp_path / ".lakehouse/dagster"
    assert settings.engine == "embedded"


def test_home_moves_all_and_root_and_landing_move_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / "h"))
    monkeypatch.setenv("LAKEHOUSE_ROOT", "s3://bucket/lake/")
    settings = Settings.from_environment()
    assert settings.root == "s3://bucket/lake"
    assert settings.landing == str(tmp_path / "h/landing")
    assert settings.table_url("silver", "x") == "s3://bucket/lake/silver/x"
    assert settings.quarantine_url("silver", "x") == "s3://bucket/lake/quarantine/silver_x"


def test_a_relative_place_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAKEHOUSE_LANDING", "in")
    assert Settings.from_environment().landing == str(tmp_path / "in")


@pytest.mark.parametrize("name", ["my lake", "läke", "50%"])
def test_a_place_that_the_engine_cannot_read_is_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("LAKEHOUSE_HOME", str(tmp_path / name))
    with pytest.raises(SettingsError, match="Remedy: choose another place with LAKEHOUSE_HOME"):
        Settings.from_environment()
    assert not (tmp_path / name).exists()


def test_an_engine_that_is_none_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_ENGINE", "steam")
    with pytest.raises(SettingsError, match="use one of: embedded"):
        Settings.from_environment()


def test_an_environment_that_is_none_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", "prod")
    with pytest.raises(SettingsError, match="use one of: local, branch, staging, production"):
        Settings.from_environment()


@pytest.mark.parametrize("environment", ["branch", "staging", "production"])
def test_only_a_local_lake_has_a_place_by_default(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    monkeypatch.setenv("LAKEHOUSE_ENVIRONMENT", environment)
    with pytest.raises(SettingsError, match="Remedy: set LAKEHOUSE_ROOT"):
        Settings.from_environment()


def branch_root(monkeypatch: pytest.MonkeyPatch, branch: str, root: str = "s3://staging/lake") -> str:
    for name, value in {"ENVIRONMENT": "branch", "ROOT": root, "BRANCH": branch}.items():
        monkeypatch.setenv(f"LAKEHOUSE_{name}", value)
    return Settings.from_environment().root


def test_a_branch_has_a_root_of_its_own_below_that_of_staging(monkeypatch: pytest.MonkeyPatch) -> None:
    root = branch_root(monkeypatch, "Feature/More Sales!")
    assert root.startswith("s3://staging/lake/_branches/feature-more-sales-")
    assert branch_root(monkeypatch, "Feature/More Sales!", root) == root, "a child process is told the root as it is"


def test_two_branches_never_share_a_root(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["a/b", "a-b", "A/b", "a//b", "ä/b"]
    assert len({branch_root(monkeypatch, name) for name in names}) == len(names)


def test_a_branch_shares_no_layer_with_staging_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_LAYERS", "s3://staging-{layer}")
    branch_root(monkeypatch, "mine")
    assert Settings.from_environment().table_url("gold", "x").startswith("s3://staging-gold/_branches/mine-")


@pytest.mark.parametrize("branch", ["", "///"])
def test_a_branch_without_a_name_is_refused(monkeypatch: pytest.MonkeyPatch, branch: str) -> None:
    with pytest.raises(SettingsError, match="set LAKEHOUSE_BRANCH"):
        branch_root(monkeypatch, branch)


def test_each_layer_can_lie_in_a_bucket_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_ROOT", "s3://acme-ops")
    monkeypatch.setenv("LAKEHOUSE_LAYERS", "s3://acme-{layer}")
    settings = Settings.from_environment()
    assert settings.table_url("silver", "x") == "s3://acme-silver/silver/x"
    assert settings.quarantine_url("silver", "x") == "s3://acme-quarantine/quarantine/silver_x"
    assert settings.table_url("mine", "x") == "s3://acme-ops/mine/x"


def test_layers_of_an_account_are_its_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_LAYERS", "abfss://{layer}@acme.dfs.core.windows.net/")
    assert Settings.from_environment().table_url("gold", "x") == "abfss://gold@acme.dfs.core.windows.net/gold/x"


@pytest.mark.parametrize("layers", ["s3://acme", "s3://{layer}?key=hunter2", "https://{layer}", "{layer}"])
def test_layers_that_are_no_place_each_are_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, layers: str
) -> None:
    monkeypatch.setenv("LAKEHOUSE_LAYERS", layers)
    with pytest.raises(SettingsError, match="is not a place for each layer") as refused:
        Settings.from_environment()
    assert "hunter2" not in str(refused.value)
