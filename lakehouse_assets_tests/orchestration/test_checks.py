"""Checks of partitions as a whole as Dagster shows them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status
from deltalake import DeltaTable

from lakehouse_assets.bronze.transactions import Transactions
from lakehouse_assets.catalog import tables
from lakehouse_assets.definitions import defs
from lakehouse_assets.demo.land import land
from lakehouse_assets.gold.daily_store_sales import daily_store_sales
from lakehouse_assets.ingest.load import stage_here
from lakehouse_assets.operate.plan import select
from lakehouse_assets.operate.run import Request, run
from lakehouse_assets.orchestration.assets import asset_of
from lakehouse_assets.orchestration.checks import check_specs
from lakehouse_assets.silver.transactions import transactions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import DataFrame

    from lakehouse_assets.declare import Table
    from lakehouse_assets.settings import Settings

EVE, CHRISTMAS, BOXING_DAY = DAYS = ("2017-12-24", "2017-12-25", "2017-12-26")


@pytest.mark.filterwarnings("ignore::dagster.PreviewWarning")
def test_a_check_says_what_it_demands_and_whether_it_blocks() -> None:
    said = {spec.name: (spec.description, spec.blocking) for t in TABLES for spec in check_specs(t)}
    assert said["reconciles__sales_value__silver_transactions"] == (
        (
            "sales_value, quarantined rows included, sums to silver_transactions.sales_value, exactly "
            "(a partition of which this is not so is not published)"
        ),
        True,
    )
    assert said["volume"] == (
        (
            "accepted rows are 0.5 to 2 times the median of 28 earlier partitions "
            "(a partition of which this is not so is published all the same)"
        ),
        False,
    )


TABLES = (Transactions, transactions, daily_store_sales)


@pytest.fixture
def christmas(lake: Settings, engine) -> Iterator[tuple[Settings, dg.DagsterInstance]]:
    """A lake with the days around the one that was never delivered."""
    list(land(lake.landing, first=EVE, last=BOXING_DAY))
    with dg.DagsterInstance.ephemeral() as instance:
        for name in ("+silver/products", "+gold/daily_store_sales"):
            run(Request(tuple(select([name])), EVE, BOXING_DAY), lake, instance, say=lambda _: None)
        yield lake, instance


def statuses(instance: dg.DagsterInstance, table: Table, check: str) -> dict[str | None, Status]:
    key = dg.AssetCheckKey(dg.AssetKey([table.layer, table.name]), check)
    info = instance.event_log_storage.get_asset_check_partition_info([key])
    return {one.partition_key: one.latest_execution_status for one in info}


def evaluation(instance: dg.DagsterInstance, table: Table, check: str) -> Any:
    key = dg.AssetCheckKey(dg.AssetKey([table.layer, table.name]), check)
    (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
    assert record.event is not None
    return record.event.dagster_event.asset_check_evaluation_data


@pytest.mark.filterwarnings("ignore::dagster.PreviewWarning", "ignore::dagster.BetaWarning")
def test_each_partition_has_its_result_and_a_refused_one_says_why(christmas) -> None:
    lake, instance = christmas
    good, bad = Status.SUCCEEDED, Status.FAILED
    assert statuses(instance, Transactions, "every_partition_delivered") == {
        EVE: good,
        CHRISTMAS: bad,
        BOXING_DAY: good,
    }
    assert statuses(instance, Transactions, "columns_as_agreed") == dict.fromkeys(DAYS, good)
    assert set(statuses(instance, transactions, "reconciles__sales_value__bronze_transactions").values()) == {good}
    check = "reconciles__sales_value__silver_transactions"
    assert statuses(instance, daily_store_sales, check) == dict.fromkeys(DAYS, good)

    def doubles(silver_transactions: DataFrame) -> DataFrame:
        return daily_store_sales(silver_transactions.union(silver_transactions))

    url, before = lake.table_url("gold", "daily_store_sales"), _version(lake)
    wrong = {daily_store_sales.id: dataclasses.replace(daily_store_sales, function=doubles)}
    result = dg.materialize(
        [asset_of(table, stage_here) for table in (tables() | wrong).values()],
        selection=[dg.AssetKey(["gold", "daily_store_sales"])],
        partition_key=EVE,
        instance=instance,
        resources=defs.resources,
        raise_on_error=False,
    )
    assert not result.success
    assert _version(lake) == before, f"{url} was published"
    assert statuses(instance, daily_store_sales, check) == {EVE: bad, CHRISTMAS: good, BOXING_DAY: good}
    told = evaluation(instance, daily_store_sales, check)
    assert (told.passed, told.blocking, told.severity) == (False, True, dg.AssetCheckSeverity.ERROR)
    assert told.description.startswith("sales_value sums to ")
    assert told.description.endswith(" more")
    assert set(told.metadata) == {"sum", "sum_before", "difference", "run_id"}


def _version(lake: Settings) -> int:
    return DeltaTable(lake.table_url("gold", "daily_store_sales")).version()
