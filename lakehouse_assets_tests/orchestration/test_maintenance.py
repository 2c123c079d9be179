"""Maintenance in Dagster: figures before and after, never beside a run that writes the table."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster._core.storage.tags import RUN_KEY_TAG

from lakehouse_assets import catalog
from lakehouse_assets.declare import csv
from lakehouse_assets.making import make
from lakehouse_assets.orchestration.beside import maintenance_key, writers_of
from lakehouse_assets.orchestration.maintenance import maintenance_asset
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets_tests.landing import no_engine, put
from lakehouse_assets_tests.maintaining.maintained import release
from lakehouse_assets_tests.maintaining.prices import DAYS, DECLARED, Prices, deliver, everything, run
from resources.engines.maintenance import EmbeddedMaintenance
from sensors.maintenance import maintenance_sensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

KEPT = dataclasses.replace(Prices, maintenance=Maintenance(small_file_score=3, look_after_versions=2))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def priced(lake: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake whose bronze holds a day of four files."""
    monkeypatch.setattr(catalog, "tables", lambda: DECLARED)
    for name in ("a", "b", "c", "d"):
        deliver(lake, DAYS[0], f"{name},1\nrum,-1\n", name=name)
    run(lake, spark)
    return lake


def materialise(instance: dg.DagsterInstance, table: Table = KEPT) -> dict[str, Any]:
    done = dg.materialize([maintenance_asset(table, EmbeddedMaintenance)], instance=instance)
    (event,) = done.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_materialising_it_does_what_is_due_and_tells_figures_before_and_after(
    priced: Settings, instance: dg.DagsterInstance
) -> None:
    rows = everything(priced)
    told = materialise(instance)
    assert (told["files_before"], told["files_after"]) == (4, 1)
    assert (told["small_file_score_before"], told["small_file_score_after"]) == (4, 1)
    assert (told["steps"], told["steps_yielded"], told["delta_version"]) == (2, 0, 2)
    assert all(isinstance(value, int | float) for value in told.values()), "the UI plots numbers"
    assert everything(priced) == rows
    assert materialise(instance)["steps"] == 0


def test_it_waits_while_a_run_writes_the_table(priced: Settings, instance: dg.DagsterInstance) -> None:
    writing(instance, dg.DagsterRunStatus.STARTED)
    assert len(writers_of(instance, KEPT)) == 1
    with pytest.raises(dg.RetryRequested):
        list(maintenance_asset(KEPT, EmbeddedMaintenance)(dg.build_asset_context(instance=instance)))


def writing(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, *, table: Table = Prices) -> None:
    selection = frozenset({dg.AssetKey([table.layer, table.name])})
    instance.add_run(dg.DagsterRun("job", status=status, asset_selection=selection))


def test_runs_that_are_over_or_wait_or_write_another_table_are_no_writers(instance: dg.DagsterInstance) -> None:
    for status in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.NOT_STARTED):
        writing(instance, status)
    writing(instance, dg.DagsterRunStatus.STARTED, table=DECLARED["silver/prices"])
    assert writers_of(instance, KEPT) == []


def look(instance: dg.DagsterInstance, *tables: Table) -> dg.SensorResult:
    found = maintenance_sensor(tables)(dg.build_sensor_context(instance=instance))
    assert isinstance(found, dg.SensorResult)
    return found


def asked(found: dg.SensorResult) -> list[dg.AssetKey]:
    return [key for request in found.run_requests or () for key in request.asset_selection or ()]


def test_the_sensor_asks_for_a_table_whose_figures_say_so_once_a_day(
    priced: Settings, instance: dg.DagsterInstance
) -> None:
    found = look(instance, KEPT)
    assert asked(found) == [maintenance_key(KEPT)]
    assert found.run_requests is not None
    (key,) = [request.run_key for request in found.run_requests]
    assert key is not None
    assert key.startswith("bronze/prices@0@")


def test_the_sensor_leaves_a_table_alone_that_is_well_or_was_never_published(
    priced: Settings, instance: dg.DagsterInstance
) -> None:
    materialise(instance)
    assert asked(look(instance, KEPT)) == []
    unmade = dataclasses.replace(KEPT, name="unmade")
    assert asked(look(instance, unmade)) == []


def test_the_sensor_asks_again_after_so_many_versions_though_nothing_is_due(
    priced: Settings, instance: dg.DagsterInstance, spark: SparkSession
) -> None:
    materialise(instance)
    for price in (2, 3):
        assert asked(look(instance, KEPT)) == []
        deliver(priced, DAYS[1], f"a,{price}\n")
        run(priced, spark)
    assert asked(look(instance, KEPT)) == [maintenance_key(KEPT)]
    writing(instance, dg.DagsterRunStatus.STARTED)
    assert asked(look(instance, KEPT)) == [], "not while it is being written"


def of_files(lake: Settings, name: str, files: int) -> Table:
    """A table as above, with so many small files in one day."""
    table = dataclasses.replace(KEPT, name=name, source=csv(name))
    for number in range(files):
        put(lake, f"{name}/{DAYS[0]}/{number}.csv", f"product,price\ntea,{number}\n")
    make(table, lake, no_engine, DAYS[:1])
    return table


def test_the_sensor_asks_for_the_worst_tables_first_and_for_two_at_a_time(
    lake: Settings, instance: dg.DagsterInstance
) -> None:
    mild, well, worse, worst = (
        of_files(lake, name, files) for name, files in (("a_mild", 3), ("b_well", 3), ("c_worse", 6), ("d_worst", 9))
    )
    materialise(instance, well)
    found = look(instance, mild, well, worse, worst)
    assert asked(found) == [maintenance_key(worst), maintenance_key(worse)]
    assert [request.tags["lakehouse/urgency"] for request in found.run_requests or ()] == ["3.0", "2.0"]
    writing(instance, dg.DagsterRunStatus.STARTED, table=worst)
    assert asked(look(instance, mild, well, worse, worst)) == [maintenance_key(worse), maintenance_key(mild)]


def test_tables_that_cannot_be_maintained_today_do_not_stand_in_the_way_of_others(
    lake: Settings, instance: dg.DagsterInstance
) -> None:
    tables = [of_files(lake, name, files) for name, files in (("a", 3), ("b", 6), ("c", 9))]
    wanted = []
    for _ in range(3):
        requests = look(instance, *tables).run_requests or ()
        for request in requests:
            wanted += [key.path[-1] for key in request.asset_selection or ()]
            failed = dg.DagsterRun("job", status=dg.DagsterRunStatus.FAILURE, tags={RUN_KEY_TAG: request.run_key or ""})
            instance.add_run(failed)
    assert wanted == ["bronze_c", "bronze_b", "bronze_a"], "each once a day"


def test_a_table_that_cannot_be_looked_at_is_left_to_its_own_run_and_the_others_are_kept(
    lake: Settings, instance: dg.DagsterInstance
) -> None:
    released, well = of_files(lake, "released", 3), of_files(lake, "well", 6)
    release(lake, "v1", {released.id: 7})
    assert asked(look(instance, released, well)) == [maintenance_key(well), maintenance_key(released)]
    with pytest.raises(dg.Failure, match="releases name"):
        materialise(instance, released)


def test_the_sensor_is_stopped_until_somebody_starts_it() -> None:
    from lakehouse_assets.definitions import defs

    assert defs.resolve_sensor_def("maintenance").default_status == dg.DefaultSensorStatus.STOPPED
