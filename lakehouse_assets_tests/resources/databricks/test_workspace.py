"""Who we are to a workspace: Databricks' own variables and files, and one clear line where they do not let us in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakehouse_assets_tests.resources.databricks.requests import SECRET, TOKEN
from lakehouse_assets_tests.stores.servers import free_ports
from resources.databricks import workspace as module
from resources.databricks.failures import DatabricksError
from resources.databricks.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from lakehouse_assets_tests.resources.databricks.workspace import FakeWorkspace


def test_a_token(workspace: FakeWorkspace) -> None:
    assert Workspace.open().client.config.auth_type == "pat"


def test_a_service_principal(workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "principal")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", SECRET)
    assert Workspace.open().client.config.auth_type == "oauth-m2m"


def test_a_service_principal_with_a_wrong_secret_is_told_without_it(
    workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "principal")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "dose-wrong-secret")
    with pytest.raises(DatabricksError, match="Remedy: ") as told:
        Workspace.open()
    assert "dose-wrong-secret" not in str(told.value)


def test_a_profile(workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "databrickscfg").write_text(f"[work]\nhost = {workspace.url}\ntoken = {TOKEN}\n")
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "databrickscfg"))
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "work")
    assert Workspace.open().client.config.host == workspace.url


def test_a_workspace_that_is_not_there(workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"
    monkeypatch.setenv("DATABRICKS_HOST", nobody)
    monkeypatch.setattr(module, "HELLO_SECONDS", 1)
    with pytest.raises(DatabricksError, match=f"{nobody}: the workspace does not answer") as told:
        Workspace.open()
    assert not told.value.permanent
