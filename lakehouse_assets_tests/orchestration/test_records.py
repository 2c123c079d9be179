"""What Dagster recorded of real runs, as rows of ops/check_results and ops/materialisations."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from deltalake import DeltaTable

from lakehouse_assets.demo.land import land
from lakehouse_assets.operate.checks import failed_by
from lakehouse_assets.ops.tables import CHECK_RESULTS, MATERIALISATIONS, OPS_TABLES
from lakehouse_assets.orchestration.records import refresh
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets.settings import Settings
from resources.dagster_home import prepare_home
from resources.latest_checks import failed_locally

FIRST, LAST = "2017-01-01", "2017-01-02"
TABLES = ("bronze/products", "bronze/transactions", "silver/products", "silver/transactions")


def run(instance: dg.DagsterInstance, *keys: str, days: tuple[str, str] | None = None) -> Any:
    from lakehouse_assets.definitions import defs

    span = {ASSET_PARTITION_RANGE_START_TAG: days[0], ASSET_PARTITION_RANGE_END_TAG: days[1]} if days else {}
    return defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        run_config={"loggers": {"console": {}}},
        tags=span,
        asset_selection=[dg.AssetKey(key.split("/")) for key in keys],
        raise_on_error=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, engine: object) -> Iterator[tuple[Path, list[Any]]]:
    """A home in which two days were made, a day was made again for nothing, and a third was refused."""
    home = tmp_path_factory.mktemp("records")
    with pytest.MonkeyPatch.context() as variables:
        for name in ("LAKEHOUSE_ROOT", "LAKEHOUSE_LANDING", "LAKEHOUSE_ENGINE", "DAGSTER_HOME"):
            variables.delenv(name, raising=False)
        variables.setenv("LAKEHOUSE_HOME", str(home))
        variables.setenv("LAKEHOUSE_RATE_EMBEDDED", "3600")
        settings = Settings.from_environment()
        list(land(settings.landing, first=FIRST, last="2017-01-03"))
        broken = Path(settings.landing) / "transactions/2017-01-03/transactions.csv"
        header, *lines = broken.read_text().splitlines(keepends=True)
        broken.write_text(header + "".join("x" + line for line in lines))
        with dg.DagsterInstance.from_config(str(prepare_home(settings))) as instance:
            results = [
                run(instance, "bronze/products", "silver/products"),
                run(instance, "bronze/transactions", "silver/transactions", days=(FIRST, LAST)),
                run(instance, "bronze/transactions", days=(FIRST, FIRST)),
                run(instance, "bronze/transactions", "silver/transactions", days=("2017-01-03", "2017-01-03")),
            ]
        assert [result.success for result in results] == [True, True, True, False]
        yield home, results


@pytest.fixture
def home(made: tuple[Path, list[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of that home, of this test's own."""
    monkeypatch.setenv("LAKEHOUSE_HOME", str(shutil.copytree(made[0], tmp_path / "home", copy_function=shutil.copy2)))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return Settings.from_environment()


@pytest.fixture
def instance(home: Settings) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(home.dagster_home)) as instance:
        yield instance


def rows(table: Any, settings: Settings) -> list[dict[str, Any]]:
    return pl.read_delta(table.url(settings)).sort("recorded_at").to_dicts()


def told(instance: dg.DagsterInstance, result: Any, key: str) -> dict[str, Any]:
    """The metadata of a table's materialisation in a run."""
    events = instance.get_records_for_run(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    found = [r.asset_materialization for r in events if "/".join(r.asset_materialization.asset_key.path) == key]
    return {name: value.value for name, value in found[0].metadata.items()}


def test_a_materialisation_tells_its_phases_bytes_memory_and_cost_as_numbers(
    home: Settings, instance: dg.DagsterInstance, made: tuple[Path, list[Any]]
) -> None:
    bronze = told(instance, made[1][1], "bronze/transactions")
    silver = told(instance, made[1][1], "silver/transactions")
    delivered = [Path(home.landing) / f"transactions/{day}/transactions.csv" for day in (FIRST, LAST)]
    assert bronze["bytes_scanned"] == sum(path.stat().st_size for path in delivered)
    stored = {
        key: sum(DeltaTable(f"{home.root}/{key}", version=0).get_add_actions(flatten=True)["size_bytes"].to_pylist())
        for key in TABLES
    }
    assert bronze["bytes_written"] == stored["bronze/transactions"]
    assert silver["bytes_scanned"] == stored["bronze/transactions"] + stored["silver/products"]
    assert silver["bytes_written"] > stored["silver/transactions"]  # rejected rows, too
    phases = ("seconds_judge", "seconds_quarantine", "seconds_commit")
    assert bronze["seconds_read"] > 0
    assert "seconds_read" not in silver  # the engine reads and judges in one pass
    for said in (bronze, silver):
        known = sum(said.get(name, 0) for name in ("seconds_read", *phases))
        assert 0 < known <= said["seconds"] + 0.01
        assert said["cost_estimate"] == pytest.approx(said["seconds"], abs=0.01)  # an hour costs 3,600
        assert 50e6 < said["peak_memory_bytes"] < 50e9
        assert (said["partitions"], said["first_partition"], said["last_partition"]) == (2, FIRST, LAST)


def test_each_rule_and_partition_has_a_row_for_each_time_it_was_judged(
    home: Settings, instance: dg.DagsterInstance, made: tuple[Path, list[Any]]
) -> None:
    joined = refresh(CHECK_RESULTS, home, instance)
    found = rows(CHECK_RESULTS, home)
    assert len(found) == joined
    unknown = [
        r for r in found if r["table_id"] == "silver/transactions" and r["rule"] == "product_id__in_silver_products"
    ]
    assert [(r["partition"], r["failed_rows"], r["version"], r["severity"], r["passed"]) for r in unknown] == [
        (FIRST, 6, 0, "WARN", False),
        (LAST, 7, 0, "WARN", False),
        ("2017-01-03", 11, None, "ERROR", False),  # of a publication that was refused
    ]
    assert [r["run_id"] for r in unknown[:2]] == [made[1][1].run_id] * 2
    again = [r for r in found if (r["table_id"], r["rule"]) == ("bronze/transactions", "record__readable")]
    assert [r["partition"] for r in again] == [FIRST, LAST, FIRST, "2017-01-03"]


def test_each_table_that_a_run_made_is_one_row_whatever_the_number_of_its_partitions(
    home: Settings, instance: dg.DagsterInstance, made: tuple[Path, list[Any]]
) -> None:
    refresh(MATERIALISATIONS, home, instance)
    of_run = {r["table_id"]: r for r in rows(MATERIALISATIONS, home) if r["run_id"] == made[1][1].run_id}
    assert set(of_run) == {"bronze/transactions", "silver/transactions"}
    silver = of_run["silver/transactions"]
    assert (silver["partitions"], silver["first_partition"], silver["last_partition"]) == (2, FIRST, LAST)
    assert (silver["rows"], silver["rows_quarantined"], silver["published"]) == (7162, 13, True)
    assert silver["seconds_read"] is None
    assert silver["cost_estimate"] == pytest.approx(silver["seconds"], abs=0.01)
    (nothing,) = [r for r in rows(MATERIALISATIONS, home) if r["run_id"] == made[1][2].run_id]
    assert (nothing["published"], nothing["version"], nothing["files"]) == (False, 0, None)


def test_the_second_time_nothing_changes_and_a_table_that_was_removed_comes_back_the_same(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    for table in OPS_TABLES:
        assert refresh(table, home, instance) > 0
        before, version = rows(table, home), DeltaTable(table.url(home)).version()
        assert refresh(table, home, instance) == 0
        assert DeltaTable(table.url(home)).version() == version
        shutil.rmtree(table.url(home))
        refresh(table, home, instance)
        assert rows(table, home) == before


def test_a_run_that_is_read_in_two_parts_is_one_row_all_the_same(
    home: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(MATERIALISATIONS, home, instance)
    whole = rows(MATERIALISATIONS, home)
    shutil.rmtree(MATERIALISATIONS.url(home))
    monkeypatch.setattr("lakehouse_assets.orchestration.records.EVENTS", 1)
    refresh(MATERIALISATIONS, home, instance)
    assert rows(MATERIALISATIONS, home) == whole


def test_where_dagsters_records_were_begun_anew_what_is_held_stays_and_what_is_new_joins(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    for table in OPS_TABLES:
        refresh(table, home, instance)
    held = {table: rows(table, home) for table in OPS_TABLES}
    instance.dispose()
    shutil.rmtree(home.dagster_home)
    with dg.DagsterInstance.from_config(str(prepare_home(home))) as anew:
        result = run(anew, "bronze/products")
        for table in OPS_TABLES:
            refresh(table, home, anew)
            found = rows(table, home)
            assert [row for row in found if row["run_id"] != result.run_id] == held[table]
            assert {row["table_id"] for row in found if row["run_id"] == result.run_id} == {"bronze/products"}


def test_the_tables_are_assets_whose_own_runs_are_no_records(home: Settings, instance: dg.DagsterInstance) -> None:
    keys = [table.id for table in OPS_TABLES]
    first, second = run(instance, *keys), run(instance, *keys)
    assert first.success
    assert second.success
    assert [told(instance, second, key)["rows_joined"] for key in keys] == [0, 0]
    assert {row["table_id"] for row in rows(MATERIALISATIONS, home)} == set(TABLES)


def test_the_small_files_of_many_times_are_joined_and_no_record_changes(
    home: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lakehouse_assets.orchestration.records.EVENTS", 5)
    monkeypatch.setattr("lakehouse_assets.maintaining.upkeep.OF_RECORDS", Maintenance(small_file_score=3.0))
    refresh(CHECK_RESULTS, home, instance)
    held, files = rows(CHECK_RESULTS, home), len(DeltaTable(CHECK_RESULTS.url(home)).file_uris())
    assert files > 3
    kept = run(instance, CHECK_RESULTS.id)
    assert kept.success
    assert told(instance, kept, CHECK_RESULTS.id)["files_before"] == files
    assert len(DeltaTable(CHECK_RESULTS.url(home)).file_uris()) == 1
    assert rows(CHECK_RESULTS, home) == held
    version = DeltaTable(CHECK_RESULTS.url(home)).version()
    assert run(instance, CHECK_RESULTS.id).success
    assert DeltaTable(CHECK_RESULTS.url(home)).version() == version, "nothing new, and nothing due"


def test_what_does_not_pass_is_told_without_dagster_as_dagster_tells_it(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    found = failed_locally(home)
    assert found == sorted(failed_by(instance), key=lambda one: (one.asset, one.check, one.partition))
    assert ("silver/transactions", "2017-01-03", "ERROR") in {(f.asset, f.partition, f.severity) for f in found}
