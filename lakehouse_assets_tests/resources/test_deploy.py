"""Deployment profiles: each `dagster.yaml` is loaded by Dagster, and a real run keeps its records where it says."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib import resources as package_files
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster import DagsterInstance

from lakehouse_assets_tests.cli.command import LAKEHOUSE
from lakehouse_assets_tests.resources.test_executor import idle
from lakehouse_assets_tests.stores import outside
from lakehouse_assets_tests.stores.store import VARIABLES
from resources.executor import Turns
from resources.run_launcher import PROCESS, this_process

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

PROFILES = ("aws", "azure", "postgres")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a Postgres server of its own, as a profile wants it."""
    pgserver = pytest.importorskip("pgserver", reason="there is no Postgres for this Python among the packages")
    # Not below pytest's own folder: the server is another user, which each pytest that starts shuts out of there.
    with tempfile.TemporaryDirectory() as folder:
        server = pgserver.get_server(Path(folder, "data"), cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg2://")
        server.cleanup()


@pytest.fixture
def profile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A DAGSTER_HOME with this profile in it."""
    home = tmp_path / "deployed"
    home.mkdir()
    shutil.copy(str(package_files.files("resources") / "deploy" / request.param / "dagster.yaml"), home)
    return home


def test_there_is_a_test_for_each_profile() -> None:
    there = {p.name for p in Path(str(package_files.files("resources"))).joinpath("deploy").iterdir() if p.is_dir()}
    assert there == set(PROFILES)


@pytest.mark.parametrize("profile", ["aws", "postgres"], indirect=True)
def test_a_run_keeps_its_records_in_postgres_and_what_it_prints_in_s3(
    profile: Path, postgres: str, s3_lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(profile))
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", postgres)
    monkeypatch.setenv("DAGSTER_S3_BUCKET", "lake")
    outside.write(f"{s3_lake.landing}/campaigns/campaigns.csv", b"campaign_id,household_id\n1,1\n2,1\n")
    with DagsterInstance.get() as instance:
        before = instance.get_runs_count()
        _left_by_a_killed_run(instance, "bronze_campaigns")
        done = subprocess.run([LAKEHOUSE, "run", "bronze/campaigns"], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert instance.get_runs_count() == before + 2
        assert {pool.limit for pool in instance.event_log_storage.get_pool_limits()} == {1}
        (record,) = instance.fetch_materializations(_key(), limit=1).records
        assert record.asset_materialization is not None
        assert record.asset_materialization.metadata["delta_version"].value == 0
        run = instance.get_runs(limit=1)[0]
        keys = outside.below(f"s3://lake/dagster/compute-logs/storage/{run.run_id}")
        assert bool(keys) == ("S3" in type(instance.compute_log_manager).__name__)
        assert all(run.run_id in key for key in keys)


def _key() -> dg.AssetKey:
    return dg.AssetKey(["bronze", "campaigns"])


def _left_by_a_killed_run(instance: DagsterInstance, pool: str) -> None:
    """A place in a pool, held by a run whose process is gone."""
    gone = this_process().rpartition("/")[0] + "/1"
    run = instance.create_run_for_job(idle, tags={PROCESS: gone}, status=dg.DagsterRunStatus.STARTED)
    if not instance.event_log_storage.get_pool_limits():
        instance.event_log_storage.initialize_concurrency_limit_to_default(pool)
    assert instance.event_log_storage.claim_concurrency_slot(pool, run.run_id, "some_step").is_claimed


@pytest.mark.parametrize("profile", ["postgres"], indirect=True)
def test_two_runs_that_are_the_first_of_a_table_do_not_fail_over_its_place(
    profile: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(profile))
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", postgres)
    with DagsterInstance.get() as instance:
        run = instance.create_run_for_job(idle)
        with Turns(instance, run) as turns:
            assert turns.get_pool_info("gold_first") is None
            instance.event_log_storage.initialize_concurrency_limit_to_default("gold_first")  # as the other one does
            assert turns.claim("gold_first", "some_step")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


@pytest.mark.parametrize("profile", ["azure"], indirect=True)
def test_the_profile_of_azure_is_loaded_with_its_container(
    profile: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its client asks https://<account>.blob.core.windows.net and no other address, so that nothing is sent here."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DAGSTER_HOME", str(profile))
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", postgres)
    monkeypatch.setenv("DAGSTER_AZURE_ACCOUNT", "someaccount")
    monkeypatch.setenv("DAGSTER_AZURE_CONTAINER", "logs")
    with DagsterInstance.get() as instance:
        manager = instance.compute_log_manager
        assert type(manager).__name__ == "AzureBlobComputeLogManager"
        assert (manager._storage_account, manager._container) == ("someaccount", "logs")
        assert instance.get_runs_count() >= 0
        assert instance.global_op_concurrency_default_limit == 1


@pytest.mark.parametrize("profile", PROFILES, indirect=True)
def test_a_profile_without_its_variables_says_which_is_missing(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(profile))
    monkeypatch.delenv("DAGSTER_POSTGRES_URL", raising=False)
    with pytest.raises(Exception, match="DAGSTER_POSTGRES_URL"), DagsterInstance.get() as instance:
        instance.get_runs_count()
