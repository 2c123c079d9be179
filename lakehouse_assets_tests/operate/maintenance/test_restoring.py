"""A restore brings rows, rejected rows and marks back together, so that what was taken back is made again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable, Field
from deltalake.schema import PrimitiveType

from lakehouse_assets import catalog
from lakehouse_assets.declare.targets import range_of
from lakehouse_assets.errors import ConflictError, RestoreError
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import prepare
from lakehouse_assets.operate.history import history
from lakehouse_assets.operate.maintenance.restoring import plan_restore, restore_table
from lakehouse_assets.publish import restore as restoring
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.reading import load_inputs
from lakehouse_assets.replaying import Reason, ReasonError
from lakehouse_assets_tests.maintaining.prices import (
    DAYS,
    DECLARED,
    Prices,
    deliver,
    everything,
    prices,
    rejected_of,
    rows_of,
    run,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

FIRST, SECOND, THIRD = DAYS
WHY = Reason("ann", "a wrong list was delivered")


@pytest.fixture
def priced(lake: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two days, then the first again with other rows and a third: versions 0 and 1 of both tables."""
    monkeypatch.setattr(catalog, "tables", lambda: DECLARED)
    deliver(lake, FIRST, "tea,3\nrum,-1\n")
    deliver(lake, SECOND, "tea,4\n")
    run(lake, spark)
    deliver(lake, FIRST, "tea,5\ngin,6\n")
    deliver(lake, THIRD, "tea,7\nrum,-2\n")
    run(lake, spark)
    return lake


def test_a_restore_brings_back_the_rows_and_the_rejected_rows_of_a_version(priced: Settings) -> None:
    assert restore_table(plan_restore(prices, priced, "0"), WHY) == 2
    assert rows_of(prices, priced) == [(FIRST, "tea", "3"), (SECOND, "tea", "4")]
    assert [slot for slot, _ in rejected_of(prices, priced)] == [FIRST], "withdrawn since, and put back"


def test_what_a_restore_took_back_is_out_of_date_and_made_again_by_the_next_run(
    priced: Settings, spark: SparkSession
) -> None:
    never = everything(priced)
    restore_table(plan_restore(prices, priced, "0"), WHY)
    assert Lake(priced).stale(prices) == [FIRST, THIRD]
    assert run(priced, spark)[prices.id] == [FIRST, THIRD]
    assert everything(priced) == never


def test_a_restored_bronze_table_loads_again_the_files_that_it_no_longer_holds(
    priced: Settings, spark: SparkSession
) -> None:
    never = everything(priced)
    restore_table(plan_restore(Prices, priced, "0"), WHY)
    assert Lake(priced).stale(prices) == [FIRST], "the third day has nothing that it could be made from"
    assert run(priced, spark)[Prices.id] == [FIRST, THIRD]
    assert everything(priced) == never


def test_a_preview_says_what_would_change_and_changes_nothing(priced: Settings) -> None:
    before = everything(priced)
    planned = plan_restore(prices, priced, "0")
    assert (planned.seen, planned.to, planned.rows_now, planned.rows_then) == (1, 0, 4, 2)
    assert [(s.slot, s.rows_now, s.rows_then) for s in planned.slots] == [(FIRST, 2, 1), (THIRD, 1, 0)]
    assert (planned.files_gone, planned.files_back, list(planned.quarantine)) == (2, 1, [FIRST])
    assert everything(priced) == before
    assert Lake(priced).version(prices) == 1


def test_a_restore_can_be_taken_back(priced: Settings) -> None:
    before = everything(priced)
    restore_table(plan_restore(prices, priced, "0"), WHY)
    restore_table(plan_restore(prices, priced, "1"), WHY)
    assert everything(priced) == before
    assert Lake(priced).stale(prices) == []


def test_the_commit_says_who_restored_what_and_why(priced: Settings) -> None:
    restore_table(plan_restore(prices, priced, "0"), WHY, asked="0")
    told = next(history(prices, priced))
    assert (told.number, told.operation) == (2, "RESTORE")
    assert (told.told["who"], told.told["why"], told.told["asked"]) == (WHY.who, WHY.why, "0")
    assert told.told["restored"] == {"from": 1, "to": 0}


def test_without_a_reason_nothing_is_restored(priced: Settings) -> None:
    with pytest.raises(ReasonError):
        restore_table(plan_restore(prices, priced, "0"), Reason("ann", " "))
    assert Lake(priced).version(prices) == 1


def test_a_table_that_holds_what_it_held_then_gets_no_commit(priced: Settings) -> None:
    planned = plan_restore(prices, priced, "1")
    assert not planned.changes
    assert restore_table(planned, WHY) == 1


def test_a_time_means_the_version_that_was_current_then(priced: Settings) -> None:
    first = next(v for v in history(prices, priced) if v.number == 0)
    assert plan_restore(prices, priced, first.at.isoformat()).to == 0
    assert plan_restore(prices, priced, datetime.now(UTC).replace(tzinfo=None).isoformat()).to == 1
    with pytest.raises(RestoreError, match="there was no version"):
        plan_restore(prices, priced, (first.at - timedelta(seconds=1)).isoformat())


def test_a_release_means_the_version_that_its_manifest_names(priced: Settings) -> None:
    release(priced, "2017.1", {prices.id: 0})
    assert plan_restore(prices, priced, "2017.1").to == 0
    with pytest.raises(RestoreError, match="no version of this table"):
        plan_restore(Prices, priced, "2017.1")
    with pytest.raises(RestoreError, match="no version, time or release"):
        plan_restore(prices, priced, "2017.2")


@pytest.mark.parametrize("name", ["0", "1", "12", "20300101", "2030-01-01", "2030-01-01T06"])
def test_what_is_a_version_or_a_time_and_an_older_releases_name_is_refused(priced: Settings, name: str) -> None:
    release(priced, name, {prices.id: 0})
    with pytest.raises(RestoreError, match="and there is a release of that name"):
        plan_restore(prices, priced, name)
    with pytest.raises(RestoreError, match="and there is a release of that name"):
        plan_restore(Prices, priced, name)
    assert plan_restore(prices, priced, "2030-01-01T00:00").to == 1, "no release can be called so"


def test_a_date_that_is_no_releases_name_is_a_time(priced: Settings) -> None:
    release(priced, "v2030-01-01", {prices.id: 0})
    assert plan_restore(prices, priced, "2030-01-01").to == 1


def release(lake: Settings, name: str, tables: dict[str, int]) -> None:
    folder = Path(lake.root, "_releases")
    folder.mkdir(parents=True, exist_ok=True)
    told = {"release": name, "code_version": "1", "made": "2017-01-05T00:00:00+00:00", "tables": tables}
    (folder / f"{name}.json").write_text(json.dumps(told))


@pytest.mark.parametrize("wanted", ["2", "99"])
def test_a_version_that_never_was_is_refused(priced: Settings, wanted: str) -> None:
    with pytest.raises(RestoreError, match="the latest is 1"):
        plan_restore(prices, priced, wanted)


def test_a_version_whose_files_a_vacuum_has_deleted_is_refused(priced: Settings) -> None:
    DeltaTable(f"{priced.root}/silver/prices").vacuum(0, dry_run=False, enforce_retention_duration=False, full=True)
    with pytest.raises(RestoreError, match="a vacuum has deleted 1 of its files"):
        plan_restore(prices, priced, "0")


def test_a_version_whose_rejected_rows_a_vacuum_has_deleted_is_refused(priced: Settings) -> None:
    quarantine = DeltaTable(priced.quarantine_url("silver", "prices"))
    quarantine.vacuum(0, dry_run=False, enforce_retention_duration=False, full=True)
    with pytest.raises(RestoreError, match="quarantined rows that the version had of 2017-01-01 are gone"):
        plan_restore(prices, priced, "0")


def test_a_restore_is_refused_where_another_writer_came_between_preview_and_doing(
    priced: Settings, spark: SparkSession
) -> None:
    planned = plan_restore(prices, priced, "0")
    deliver(priced, SECOND, "tea,9\n")
    run(priced, spark)
    before = everything(priced)
    with pytest.raises(ConflictError):
        restore_table(planned, WHY)
    assert everything(priced) == before


def test_a_writer_that_is_faster_than_the_commit_itself_wins_and_nothing_is_left_behind(
    priced: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, real = plan_restore(prices, priced, "0"), restoring.put_back

    def overtaken(*given: Any) -> None:
        real(*given)
        deliver(priced, SECOND, "tea,9\n")
        run(priced, spark)

    monkeypatch.setattr(restoring, "put_back", overtaken)
    with pytest.raises(ConflictError):
        restore_table(planned, WHY)
    assert (SECOND, "tea", "9") in rows_of(prices, priced)
    assert [v.operation for v in history(prices, priced)] == ["WRITE"] * 2 + ["CREATE TABLE"]
    held = DeltaTable(priced.quarantine_url("silver", "prices")).to_pyarrow_table()["_partition"].to_pylist()
    assert held == [THIRD], "the rows that were put back for it are taken out again"


def test_a_restore_is_seen_by_a_run_that_began_before_it(priced: Settings, spark: SparkSession) -> None:
    range_ = range_of(prices, [FIRST])
    frames = load_inputs(prices, prices.inputs, range_, priced, lambda: spark)
    prepared = prepare(prices, priced, range_, frames, "run")
    restore_table(plan_restore(prices, priced, "0"), WHY)
    assert prepared.judged is not None
    with pytest.raises(ConflictError):
        publish(prepared.judged, prepared.origin)
    assert rows_of(prices, priced) == [(FIRST, "tea", "3"), (SECOND, "tea", "4")]


def test_columns_that_the_version_had_come_back_with_it(priced: Settings) -> None:
    url = priced.table_url("silver", "prices")
    DeltaTable(url).alter.add_columns([Field("extra", PrimitiveType("string"))])
    planned = plan_restore(prices, priced, "1")
    assert planned.columns == ("extra string goes",)
    restore_table(planned, WHY)
    assert "extra" not in [field.name for field in DeltaTable(url).schema().fields]
