"""What Dagster's check pages say of rows that have left the quarantine without their partition being made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log.base import PartitionKeyFilter
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from lakehouse_assets.ingest.load import stage_here
from lakehouse_assets.orchestration.assets import asset_of
from lakehouse_assets.orchestration.quarantine import quarantine_asset, quarantine_key
from lakehouse_assets.orchestration.restating import restate
from lakehouse_assets.replaying import Reason, drop_rows, replay_table
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.ingest.visits import Visits, deliver, no_engine, rejected
from resources.dagster_home import prepare_home
from resources.latest_checks import failed_locally

DAY, OTHER = DAYS = ("2017-01-01", "2017-01-02")
WHY = Reason("ann", "the sender repaired it")
GOOD = "store,who\n1,bob\n1,eve\n" + "2,cid\n" * 50
BAD = GOOD.replace("1,eve", "1,2,3")
TABLE = dg.AssetKey(["bronze", "visits"])

pytestmark = pytest.mark.filterwarnings("ignore::dagster.PreviewWarning", "ignore::dagster.BetaWarning")


@pytest.fixture
def home(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A lake with Dagster's local records."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    for name, value in (("ROOT", lake.root), ("LANDING", lake.landing), ("HOME", str(lake.home))):
        monkeypatch.setenv(f"LAKEHOUSE_{name}", value)
    return Settings.from_environment()


@pytest.fixture
def instance(home: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster after a run of two days, each with a line that cannot be read."""
    for day in DAYS:
        deliver(home, day, "a.csv", BAD)
    with dg.DagsterInstance.from_config(str(prepare_home(home))) as instance:
        run(instance, TABLE)
        yield instance


def run(instance: dg.DagsterInstance, key: dg.AssetKey, days: tuple[str, str] = DAYS) -> Any:
    assets = [asset_of(Visits, stage_here), quarantine_asset(Visits, no_engine, stage_here)]
    from lakehouse_assets.definitions import defs

    tags = {ASSET_PARTITION_RANGE_START_TAG: days[0], ASSET_PARTITION_RANGE_END_TAG: days[1]}
    return dg.materialize(assets, selection=[key], tags=tags, instance=instance, resources=defs.resources)


def standing(home: Settings) -> dict[str, int | None]:
    """The rows that Dagster shows as rejected, by partition."""
    return {one.partition: one.failed_rows for one in failed_locally(home) or ()}


def test_rows_that_were_dropped_are_shown_no_more_and_those_of_other_partitions_are(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    assert standing(home) == {DAY: 1, OTHER: 1}
    drop_rows(Visits, home, [DAY], None, WHY)
    assert restate(Visits, home, instance) == 1
    assert standing(home) == {OTHER: 1}
    assert restate(Visits, home, instance) == 0


def test_the_new_result_is_the_partitions_own_and_says_which_version_it_is_of(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    deliver(home, DAY, "a.csv", GOOD)
    done = replay_table(Visits, home, no_engine, None, WHY)
    assert restate(Visits, home, instance) == 1
    (failing,) = failed_locally(home) or ()
    key = dg.AssetCheckKey(TABLE, failing.check)
    (record,) = instance.event_log_storage.get_asset_check_execution_history(
        key, limit=1, partition_filter=PartitionKeyFilter(key=DAY)
    )
    assert record.event is not None
    assert record.event.dagster_event is not None
    told: Any = record.event.dagster_event.asset_check_evaluation_data
    assert (told.passed, told.metadata["failed_rows"].value, told.metadata["rows"].value) == (True, 0, 52)
    assert done.publication is not None
    assert told.metadata["delta_version"].value == done.publication.version
    made = instance.fetch_materializations(dg.AssetRecordsFilter(TABLE, asset_partitions=[DAY]), limit=1).records[0]
    assert told.target_materialization_data.storage_id == made.storage_id


def test_a_replay_in_dagster_tells_it_by_itself(home: Settings, instance: dg.DagsterInstance) -> None:
    deliver(home, DAY, "a.csv", GOOD)
    assert run(instance, quarantine_key(Visits)).success
    assert len(rejected(home)) == 1
    assert standing(home) == {OTHER: 1}


def test_a_refused_partition_stays_refused_whatever_left_the_quarantine(
    home: Settings, instance: dg.DagsterInstance
) -> None:
    deliver(home, DAY, "a.csv", "store,who\n" + "1,2,3\n" * 50)
    with pytest.raises(dg.Failure):
        run(instance, TABLE, (DAY, DAY))
    before = failed_locally(home) or []
    assert (DAY, "ERROR") in {(one.partition, one.severity) for one in before}
    drop_rows(Visits, home, [DAY], None, WHY)
    assert restate(Visits, home, instance) == 0
    assert failed_locally(home) == before
