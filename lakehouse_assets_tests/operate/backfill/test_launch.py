"""A plan as a backfill of Dagster's: exactly its partitions, never two for the same ones, and what is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets.operate.backfill import launch as launching
from lakehouse_assets.operate.backfill.launch import BackfillError, cancel, find, launch, targets
from lakehouse_assets.operate.backfill.plan import make_plan, wanted
from lakehouse_assets.operate.backfill.progress import left, progress_of
from lakehouse_assets.operate.plan import select
from lakehouse_assets.orchestration.tags import FORCE, LAKE
from lakehouse_assets_tests.test_lake import DAYS, NEW_YEAR, SECOND, deliver, make
from resources.dagster_home import open_instance

if TYPE_CHECKING:
    from dagster._core.execution.backfill import PartitionBackfill

    from lakehouse_assets.operate.backfill.plan import Plan
    from lakehouse_assets.settings import Settings

TABLES = ("bronze/products", "bronze/transactions")


@pytest.fixture
def instance(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    for day in DAYS:
        deliver(lake, f"transactions/{day}/till.csv")
    deliver(lake, "products/products.parquet")
    monkeypatch.setenv("DAGSTER_HOME", str(lake.dagster_home))
    with open_instance(lake) as instance:
        yield instance


def planned(lake: Settings, instance: dg.DagsterInstance, *, force: bool = False) -> Plan:
    tables = select(TABLES)
    return make_plan(tables, wanted(tables), lake, instance, force=force)


def begun(plan: Plan, instance: dg.DagsterInstance, after: PartitionBackfill | None = None) -> PartitionBackfill:
    from lakehouse_assets.definitions import defs

    (backfill,) = launch(plan, instance, defs.resolve_asset_graph(), "a test", after)
    return find(instance, backfill.backfill_id)


def test_a_backfill_is_for_exactly_what_was_planned_and_waits(lake: Settings, instance: dg.DagsterInstance) -> None:
    make(lake, "bronze/transactions", SECOND)
    backfill = begun(planned(lake, instance), instance)
    others = {day for day in DAYS if day != SECOND}
    assert targets(backfill) == {"bronze/products": {""}, "bronze/transactions": others}
    progress = progress_of(backfill, instance)
    assert (progress.state, progress.over, progress.runs) == ("under way", False, {})
    assert [(s.table, s.wanted, s.waiting) for s in progress.standings] == [(TABLES[0], 1, 1), (TABLES[1], 2, 2)]
    assert backfill.tags[LAKE] == lake.root
    assert FORCE not in backfill.tags


def test_partitions_are_what_became_of_their_newest_run(lake: Settings, instance: dg.DagsterInstance) -> None:
    backfill = begun(planned(lake, instance), instance)
    transactions, products = (dg.AssetKey(table.split("/")) for table in reversed(TABLES))

    def counts() -> dict[str, tuple[int, int, int, int]]:
        standings = progress_of(backfill, instance).standings
        return {s.table: (s.made, s.running, s.waiting, s.failed) for s in standings}

    def record(status: dg.DagsterRunStatus, asset: dg.AssetKey, *days: str) -> None:
        ends = {"dagster/asset_partition_range_start": days[0], "dagster/asset_partition_range_end": days[-1]}
        tags = {"dagster/backfill": backfill.backfill_id, **(ends if asset == transactions else {})}
        instance.add_run(dg.DagsterRun("job", status=status, asset_selection={asset}, tags=tags))

    record(dg.DagsterRunStatus.STARTED, products, "")
    record(dg.DagsterRunStatus.NOT_STARTED, transactions, *DAYS[:2])
    assert counts() == {TABLES[0]: (0, 1, 0, 0), TABLES[1]: (0, 0, 3, 0)}
    record(dg.DagsterRunStatus.FAILURE, transactions, *DAYS[:2])
    record(dg.DagsterRunStatus.CANCELED, transactions, DAYS[2])
    assert counts()[TABLES[1]] == (0, 0, 1, 2)
    record(dg.DagsterRunStatus.SUCCESS, transactions, DAYS[0])
    assert counts()[TABLES[1]] == (1, 0, 1, 1)


def test_no_second_one_is_begun_for_the_same_partitions(lake: Settings, instance: dg.DagsterInstance) -> None:
    first = begun(planned(lake, instance), instance)
    with pytest.raises(BackfillError, match=f"{first.backfill_id}(.|\n)*cancel"):
        begun(planned(lake, instance), instance)
    assert [b.backfill_id for b in instance.get_backfills()] == [first.backfill_id]


def test_one_is_cancelled_once_and_found_by_how_its_id_begins(lake: Settings, instance: dg.DagsterInstance) -> None:
    backfill = begun(planned(lake, instance), instance)
    cancel(instance, find(instance, backfill.backfill_id[:4]))
    assert progress_of(find(instance, None), instance).state == "being cancelled"
    with pytest.raises(BackfillError, match="no backfill 0"):
        find(instance, "0")  # ids are of letters, by chance of any


def test_one_is_found_and_resumed_however_many_were_begun_after_it(
    lake: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "LOOKED_AT", 1)
    begun_ = []
    for after in (None, 0, None):
        backfill = begun(planned(lake, instance), instance, None if after is None else begun_[after])
        instance.update_backfill(backfill.with_status(type(backfill.status).CANCELED))
        begun_.append(backfill)
    first, rest, _ = (backfill.backfill_id for backfill in begun_)
    assert find(instance, first).backfill_id == first
    for backfill in begun_[:2]:
        assert {one.backfill_id for one in launching.family(instance, backfill)} == {first, rest}


def test_what_is_left_of_one_is_what_the_lake_does_not_hold(lake: Settings, instance: dg.DagsterInstance) -> None:
    backfill = begun(planned(lake, instance), instance)
    make(lake, "bronze/products")
    make(lake, "bronze/transactions", NEW_YEAR)
    assert left([backfill], lake) == {"bronze/transactions": set(DAYS) - {NEW_YEAR}}
    make(lake, "bronze/transactions", *DAYS)
    assert left([backfill], lake) == {}


def test_of_a_forced_one_is_left_what_dagster_has_not_seen_made(lake: Settings, instance: dg.DagsterInstance) -> None:
    make(lake, "bronze/products")
    make(lake, "bronze/transactions", *DAYS)
    assert planned(lake, instance).chunks == ()
    backfill = begun(planned(lake, instance, force=True), instance)
    assert FORCE in backfill.tags
    assert left([backfill], lake) == {"bronze/products": {""}, "bronze/transactions": set(DAYS)}
    instance.update_backfill(backfill.with_status(type(backfill.status).CANCELED))
    rest = begun(planned(lake, instance, force=True), instance, after=backfill)
    assert rest.tags["dagster/parent_backfill_id"] == backfill.backfill_id
