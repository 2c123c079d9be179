"""Jobs that fail, workspaces that refuse, runs that are cancelled: one clear line, and a retry only where it helps."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from databricks.sdk.service.jobs import JobsAPI

from lakehouse_assets_tests.resources.databricks.running import checks, facts, reason, retried, run

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings
    from lakehouse_assets_tests.resources.databricks.workspace import FakeWorkspace

DAY = "2017-01-01"


def test_a_lost_cloud_is_tried_again_and_a_busy_workspace_waited_for(
    landed: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance
) -> None:
    workspace.trouble = [("CLOUD_FAILURE", "The driver's node was taken away", "CLOUD_FAILURE")]
    workspace.busy = 1
    result = run(instance, "bronze/transactions", DAY)
    assert result.success, reason(result)
    assert retried(result)
    assert [r.result for r in workspace.runs.values()] == ["FAILED", "SUCCESS"]


def test_a_job_that_fails_before_its_entry_point_says_why_and_is_not_tried_again(
    landed: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_WHEEL", f"{workspace.volumes}/main/ops/lakehouse/none.whl")
    result = run(instance, "bronze/transactions", DAY)
    assert not result.success
    assert not retried(result)
    assert "LIBRARY_INSTALLATION_ERROR: Library installation failed" in reason(result)
    assert "Remedy: put the wheel of this code at the path of the setting `wheel`" in reason(result)


def test_what_fails_after_a_job_that_ended_well_is_told_as_what_it_is_and_its_rows_are_recorded(
    landed: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance
) -> None:
    workspace.sealed = True
    result = run(instance, "bronze/transactions", DAY)
    assert not result.success
    assert "the workspace does not let us in: No WRITE VOLUME on main.ops.lakehouse" in reason(result)
    assert facts(instance, result, "bronze/transactions")[DAY]["dagster/partition_row_count"] == 3098


def test_a_wheel_of_other_code_makes_nothing(
    landed: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance, wheel: Path
) -> None:
    place = Path(workspace.volumes, "main/ops/lakehouse", wheel.name)
    place.unlink()
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(place, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "lakehouse_assets/bronze/transactions.py":
                content = content.replace(
                    b'T.StringType = Field(nullable=True, description="the store")',
                    b"T.LongType = Field(nullable=True)",
                )
            new.writestr(name, content)
    result = run(instance, "bronze/transactions", DAY)
    assert not result.success
    assert "bronze/transactions is of other code here" in reason(result)
    assert "make wheel" in reason(result)
    assert not Path(landed.root[7:], "bronze/transactions").exists()


def test_a_wrong_token_is_one_clear_line_and_is_not_repeated_in_it(
    landed: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-wrong-secret")
    result = run(instance, "bronze/transactions", DAY)
    assert not result.success
    assert not retried(result)
    assert f"{workspace.url}: the workspace does not let us in: Credential was not sent" in reason(result)
    assert not workspace.runs
    assert "dapi-wrong-secret" not in "".join(str(e) for e in instance.all_logs(result.run_id))


def test_without_credentials_the_variables_are_named(
    landed: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("HOME", str(landed.home))
    monkeypatch.setenv("PATH", "/nowhere")
    result = run(instance, "bronze/transactions", DAY)
    assert "no workspace, or no credentials for it" in reason(result)
    assert "Remedy: set DATABRICKS_HOST and DATABRICKS_TOKEN" in reason(result)


def test_a_lake_in_a_folder_of_this_machine_is_refused_before_anything_is_submitted(
    landed: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_ROOT", "/somewhere/lake")
    result = run(instance, "bronze/transactions", DAY)
    assert "LAKEHOUSE_ROOT=/somewhere/lake: a folder of this machine is out of a cluster's reach" in reason(result)
    assert not workspace.calls


def test_databricks_connect_beside_pyspark_is_found_before_anything_is_submitted(
    landed: Settings,
    workspace: FakeWorkspace,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "site/databricks_connect-16.1.7.dist-info").mkdir(parents=True)
    (tmp_path / "site/databricks_connect-16.1.7.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: databricks-connect\nVersion: 16.1.7\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    result = run(instance, "bronze/transactions", DAY)
    assert "databricks-connect 16.1.7 is installed beside pyspark" in reason(result)
    assert not workspace.calls


def test_a_table_that_cannot_be_registered_is_published_and_recorded_and_the_step_fails(
    landed: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_CATALOG", "nowhere")  # the engine of the fake's machines has no catalogs
    result = run(instance, "bronze/households")
    assert not result.success
    assert "bronze/households is published, but was not registered as `nowhere`.`bronze`.`households`" in reason(result)
    assert facts(instance, result, "bronze/households")[""]["delta_version"] == 0
    assert checks(instance, result)["record__readable", ""][0]


def test_an_interrupt_that_comes_while_the_job_is_submitted_leaves_no_job_behind(
    landed: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = JobsAPI.submit
    workspace.frozen = True

    def submit_and_be_interrupted(*arguments: Any, **named: Any) -> Any:
        submit(*arguments, **named)
        raise dg.DagsterExecutionInterruptedError

    monkeypatch.setattr(JobsAPI, "submit", submit_and_be_interrupted)
    result = run(instance, "bronze/households")
    assert not result.success
    assert not retried(result)
    (job,) = workspace.runs.values()
    assert job.cancelled
