"""A contract that its stored table cannot follow is a failed check with the difference, and a later run passes it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, bronze, csv
from lakehouse_assets.definitions import defs
from lakehouse_assets.errors import SchemaDriftError
from lakehouse_assets.ingest.load import stage_here
from lakehouse_assets.making import make
from lakehouse_assets.orchestration.assets import asset_of
from lakehouse_assets_tests.landing import no_engine, put
from resources.telling import PERMANENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_assets.declare import Table
    from lakehouse_assets.settings import Settings

DAY, NEXT = "2017-01-01", "2017-01-02"
CHECK = dg.AssetCheckKey(dg.AssetKey(["bronze", "callers"]), "columns_as_stored")
pytestmark = pytest.mark.filterwarnings("ignore::dagster.PreviewWarning", "ignore::dagster.BetaWarning")


@bronze(csv("callers"), partitions=DAILY)
class Callers(Contract):
    """Who called."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


@bronze(csv("callers"), partitions=DAILY)
class Longer(Contract):
    """Who called, and for how long."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)
    minutes: T.IntegerType = Field(nullable=True)


LONGER = dataclasses.replace(Longer, name="callers", schema_policy="strict")  # bronze is additive by default


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def stored(lake: Settings, engine: object, instance: dg.DagsterInstance) -> Settings:
    """A day as the first contract said, and another that came as the second says."""
    put(lake, f"callers/{DAY}/a.csv", "store,who\n1,ann\n")
    assert materialize(instance, Callers, DAY).success
    put(lake, f"callers/{NEXT}/b.csv", "store,who,minutes\n1,ann,7\n")
    return lake


def materialize(instance: dg.DagsterInstance, table: Table, day: str) -> Any:
    return dg.materialize(
        [asset_of(table, stage_here)],
        selection=[dg.AssetKey(["bronze", "callers"])],
        partition_key=day,
        instance=instance,
        resources=defs.resources,
        raise_on_error=False,
    )


def latest(instance: dg.DagsterInstance) -> Any:
    (record,) = instance.event_log_storage.get_asset_check_execution_history(CHECK, limit=1)
    return record.evaluation


def test_a_difference_that_the_policy_forbids_fails_the_check_and_says_what_differs(
    stored: Settings, instance: dg.DagsterInstance
) -> None:
    assert (latest(instance).passed, latest(instance).blocking, latest(instance).partition) == (True, True, None)
    staged = set(Path(stored.root).rglob("*.parquet"))
    result = materialize(instance, LONGER, NEXT)
    assert not result.success
    told = latest(instance)
    assert (told.passed, told.blocking, told.severity) == (False, True, dg.AssetCheckSeverity.ERROR)
    assert told.metadata["difference"].value.endswith("(- stored, + declared):\n+ minutes: int")
    assert 'declare schema="additive"' in told.metadata["remedy"].value
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    description = failed.step_failure_data.user_failure_data.description
    assert "bronze/callers was not published, it is as it was: the table: " in description
    assert "+ minutes: int" in description
    assert not any(event.is_step_up_for_retry for event in result.all_events)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags[PERMANENT] == run.run_id
    assert DeltaTable(stored.table_url("bronze", "callers")).version() == 0
    assert set(Path(stored.root).rglob("*.parquet")) == staged


@pytest.mark.parametrize(
    ("table", "day"),
    [
        pytest.param(dataclasses.replace(LONGER, schema_policy="additive"), NEXT, id="the policy lets the column join"),
        pytest.param(Callers, NEXT, id="the contract is changed back"),
        pytest.param(Callers, DAY, id="changed back, and nothing is new"),
    ],
)
def test_the_check_passes_once_the_contract_fits_again(
    stored: Settings, instance: dg.DagsterInstance, table: Table, day: str
) -> None:
    materialize(instance, LONGER, NEXT)
    assert not latest(instance).passed
    assert materialize(instance, table, day).success
    assert latest(instance).passed


def test_without_an_orchestrator_it_is_an_error_of_its_own_kind(stored: Settings) -> None:
    with pytest.raises(SchemaDriftError, match=r"\+ minutes: int"):
        make(LONGER, stored, no_engine, [NEXT])
