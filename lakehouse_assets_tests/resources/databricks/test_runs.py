"""Tables made by jobs of a workspace: Dagster records, and the lake holds, what the embedded engine gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from deltalake import DeltaTable

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.demo.land import land
from lakehouse_assets.making import make
from lakehouse_assets.orchestration.quarantine import WHY
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.conftest import in_store
from lakehouse_assets_tests.resources.databricks.running import (
    checks,
    facts,
    materializations,
    reason,
    retried,
    rows,
    run,
)

if TYPE_CHECKING:
    import dagster as dg

    from lakehouse_assets_tests.resources.databricks.machines import Machines
    from lakehouse_assets_tests.resources.databricks.workspace import FakeWorkspace
    from lakehouse_assets_tests.stores.store import Store
    from resources.engines.embedded import EmbeddedEngine

DAY, LAST = "2017-01-01", "2017-01-03"
DAYS = (DAY, "2017-01-02", LAST)


@pytest.fixture
def other(landed: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A second lake over the same landing zone, for the embedded engine."""
    return Settings(landed.home, f"{landed.root}-embedded", landed.landing, "embedded")


def beside(settings: Settings, instance: dg.DagsterInstance, key: str, *span: str) -> dg.ExecuteInProcessResult:
    """The same run in this process, on the embedded engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAKEHOUSE_ROOT", settings.root)
        return run(instance, key, *span, remote=False)


def prepare_by_hand(settings: Settings, engine: EmbeddedEngine, *keys: str) -> None:
    for key in keys:
        table = find_table(key)
        make(table, settings, lambda: engine.spark_session, DAYS if table.calendar else None)


def test_a_range_of_days_is_one_job_and_gives_what_the_embedded_engine_gives(
    landed: Settings, other: Settings, workspace: FakeWorkspace, machines: Machines, instance: dg.DagsterInstance
) -> None:
    remote = run(instance, "bronze/transactions", DAY, LAST)
    assert remote.success, reason(remote)
    local = beside(other, instance, "bronze/transactions", DAY, LAST)
    assert facts(instance, remote, "bronze/transactions") == facts(instance, local, "bronze/transactions")
    assert set(facts(instance, remote, "bronze/transactions")) == set(DAYS)
    assert checks(instance, remote) == checks(instance, local)
    theirs, ours = (materializations(instance, run_, "bronze/transactions")[DAY] for run_ in (remote, local))
    assert set(theirs) - {"databricks_run"} == set(ours)
    assert theirs["bytes_scanned"] == ours["bytes_scanned"] > 0
    assert 0 < theirs["seconds_read"] < theirs["seconds"]
    assert theirs["peak_memory_bytes"] > 10e6
    assert rows(landed, "bronze/transactions") == rows(other, "bronze/transactions")
    assert len(workspace.runs) == 1
    assert not (machines.folder / "site/dagster").exists(), "a driver needs dagster-pipes and nothing else of Dagster"
    assert materializations(instance, remote, "bronze/transactions")[DAY]["databricks_run"].endswith("/run/1")
    assert not list(Path(workspace.volumes, "main/ops/lakehouse/tmp").iterdir()), "messages stay in the volume"
    again = run(instance, "bronze/transactions", DAY, LAST)
    assert facts(instance, again, "bronze/transactions")[DAY]["partitions_unchanged"] == 3
    assert DeltaTable(f"{landed.root}/bronze/transactions").version() == 0


def test_a_computed_table_runs_serverless_and_its_quarantine_is_told_and_replayed_there(
    landed: Settings,
    other: Settings,
    workspace: FakeWorkspace,
    engine: EmbeddedEngine,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_COMPUTE", "serverless")
    (file,) = Path(landed.landing.removeprefix("file://"), "products").iterdir()
    everything = file.read_bytes()
    lost = pl.read_csv(next(Path(landed.landing[7:], "transactions", DAY).iterdir()))["product_id"].unique().sort()
    pl.read_parquet(file).filter(~pl.col("product_id").is_in(lost.head(20).to_list())).write_parquet(file)
    for settings in (landed, other):
        prepare_by_hand(settings, engine, "bronze/products", "silver/products", "bronze/transactions")
    remote = run(instance, "silver/transactions", DAY, LAST)
    assert remote.success, reason(remote)
    local = beside(other, instance, "silver/transactions", DAY, LAST)
    assert facts(instance, remote, "silver/transactions") == facts(instance, local, "silver/transactions")
    assert checks(instance, remote) == checks(instance, local)
    assert facts(instance, remote, "quarantine/silver_transactions") == facts(
        instance, local, "quarantine/silver_transactions"
    )
    assert rows(landed, "silver/transactions") == rows(other, "silver/transactions")
    (task,) = workspace.runs[1].body["tasks"]
    assert "new_cluster" not in task
    held = facts(instance, remote, "quarantine/silver_transactions")[DAY]["rows"]
    file.write_bytes(everything)
    prepare_by_hand(landed, engine, "bronze/products", "silver/products")
    tags = {WHY: "product master completed", "user": "ann"}
    replay = run(instance, "quarantine/silver_transactions", DAY, **tags)
    assert replay.success, reason(replay)
    told = facts(instance, replay, "quarantine/silver_transactions")[DAY]
    assert told["rows_published"] + told["rows"] == held
    assert told["rows"] < 20 < held
    history = DeltaTable(f"{landed.root}/silver/transactions").history(1)[0]["lakehouse"]
    assert '"who": "ann", "why": "product master completed"' in history


def test_too_many_bad_rows_fail_the_step_with_the_checks_of_a_refusal_and_publish_nothing(
    landed: Settings, other: Settings, workspace: FakeWorkspace, engine: EmbeddedEngine, instance: dg.DagsterInstance
) -> None:
    (file,) = Path(landed.landing[7:], "products").iterdir()
    pl.read_parquet(file).head(100).write_parquet(file)
    for settings in (landed, other):
        prepare_by_hand(settings, engine, "bronze/products", "silver/products", "bronze/transactions")
    remote = run(instance, "silver/transactions", DAY)
    local = beside(other, instance, "silver/transactions", DAY)
    assert not remote.success
    assert not retried(remote)
    assert reason(remote) == reason(local)
    found = checks(instance, remote)
    assert found == checks(instance, local)
    assert found["product_id__in_silver_products", DAY][:2] == (False, "ERROR")
    assert not materializations(instance, remote, "silver/transactions")
    assert not Path(landed.root[7:], "silver/transactions/_delta_log").exists()


def test_a_delivery_that_cannot_be_read_is_told_as_the_embedded_engine_tells_it(
    landed: Settings, other: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance
) -> None:
    Path(landed.landing[7:], "transactions", DAY, "second.csv").write_text("no,such,columns\n1,2,3\n")
    remote = run(instance, "bronze/transactions", DAY)
    local = beside(other, instance, "bronze/transactions", DAY)
    assert not remote.success
    assert not retried(remote)
    assert reason(remote) == reason(local)
    assert checks(instance, remote) == checks(instance, local)
    assert not checks(instance, remote)["file__readable", DAY][0]


def test_a_lake_in_s3_is_reached_with_secrets_that_only_the_cluster_knows(
    workspace: FakeWorkspace,
    s3: Store,
    engine: EmbeddedEngine,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    lake = in_store(s3, monkeypatch)
    list(land(lake.landing, first=DAY, last=DAY))
    secrets = {name: value for name, value in s3.environment.items() if "KEY" in name}
    workspace.secrets = {f"lake/{name}": value for name, value in secrets.items()}
    given = {
        name: f"{{{{secrets/lake/{name}}}}}" if name in secrets else value for name, value in s3.environment.items()
    }
    file = tmp_path / "databricks.toml"
    file.write_text("[environment]\n" + "".join(f'{name} = "{value}"\n' for name, value in given.items()))
    monkeypatch.setenv("LAKEHOUSE_DATABRICKS_FILE", str(file))
    result = run(instance, "bronze/transactions", DAY)
    assert result.success, reason(result)
    assert facts(instance, result, "bronze/transactions")[DAY]["dagster/partition_row_count"] == 3098
    make(find_table("bronze/transactions"), lake, lambda: engine.spark_session, [DAY], force=True)
    assert [h["version"] for h in DeltaTable(f"{lake.root}/bronze/transactions").history()] == [1, 0]
    events = "".join(str(event) for event in instance.all_logs(result.run_id)) + str(workspace.runs[1].body)
    assert not [name for name, value in secrets.items() if value in events]
