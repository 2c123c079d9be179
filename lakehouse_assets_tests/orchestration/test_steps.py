"""What a run tells Dagster, and which failures it tries again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl
import pytest
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from deltalake import DeltaTable

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.demo.land import land
from lakehouse_assets.errors import UnavailableError
from lakehouse_assets.making import make
from lakehouse_assets.orchestration.quarantine import WHY
from lakehouse_assets.orchestration.tags import FORCE, LAKE
from lakehouse_assets.publish import commit
from resources.telling import PERMANENT, failed_for_good

if TYPE_CHECKING:
    from lakehouse_assets.publish.commit import Committed
    from lakehouse_assets.settings import Settings

DAY = "2017-01-01"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def landed(lake: Settings, engine: object) -> Settings:
    list(land(lake.landing, first=DAY, last=DAY))
    return lake


def materialize(instance: dg.DagsterInstance, key: str, day: str | None = DAY, **tags: str) -> Any:
    from lakehouse_assets.definitions import defs

    job = defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection={dg.AssetKey(key.split("/"))})
    span = {ASSET_PARTITION_RANGE_START_TAG: day, ASSET_PARTITION_RANGE_END_TAG: day} if day else {}
    return job.execute_in_process(
        run_config={"loggers": {"console": {}}}, instance=instance, tags={**span, **tags}, raise_on_error=False
    )


def said(result: Any, key: str) -> dict[str, Any]:
    """The metadata of an asset's last materialisation in a run."""
    assert result.success, [e.step_failure_data.user_failure_data for e in result.all_events if e.is_step_failure]
    events = [e for e in result.all_events if e.is_step_materialization and "/".join(e.asset_key.path) == key]
    return {name: value.value for name, value in events[-1].materialization.metadata.items()}


def version(lake: Settings, key: str) -> int:
    return DeltaTable(f"{lake.root}/{key}").version()


def test_files_that_are_loaded_already_publish_nothing_and_the_run_says_so(
    landed: Settings, instance: dg.DagsterInstance
) -> None:
    assert said(materialize(instance, "bronze/transactions"), "bronze/transactions")["partitions_unchanged"] == 0
    again = said(materialize(instance, "bronze/transactions"), "bronze/transactions")
    assert (again["partitions_unchanged"], again["delta_version"]) == (1, 0)
    assert version(landed, "bronze/transactions") == 0
    checks = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey(["bronze", "transactions"]), "record__readable"), limit=5
    )
    assert [check.status.value for check in checks] == ["SUCCEEDED", "SUCCEEDED"]


def test_a_run_that_was_planned_over_another_lake_fails_for_good_and_publishes_nothing(
    landed: Settings, instance: dg.DagsterInstance
) -> None:
    result = materialize(instance, "bronze/transactions", **{LAKE: "/elsewhere"})
    (failed,) = [e for e in result.all_events if e.is_step_failure]
    assert "planned over the lake /elsewhere" in failed.step_failure_data.user_failure_data.description
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags[PERMANENT] == run.run_id
    assert not DeltaTable.is_deltatable(f"{landed.root}/bronze/transactions")
    assert materialize(instance, "bronze/transactions", **{LAKE: landed.root}).success


def test_a_run_that_is_forced_loads_them_all_the_same(landed: Settings, instance: dg.DagsterInstance) -> None:
    materialize(instance, "bronze/transactions")
    assert materialize(instance, "bronze/transactions", **{FORCE: "true"}).success
    assert version(landed, "bronze/transactions") == 1


def test_a_run_that_another_writer_overtook_is_tried_again_and_succeeds(
    landed: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    bronze, attempt = find_table("bronze/transactions"), commit._attempt
    others = [lambda: make(bronze, landed, lambda: None, [DAY], "the other writer")]

    def lose_time_then_attempt(*arguments: Any) -> Committed:
        if others:
            others.pop()()
        return attempt(*arguments)

    monkeypatch.setattr(commit, "_attempt", lose_time_then_attempt)
    result = materialize(instance, "bronze/transactions")
    assert result.success
    assert any(event.is_step_up_for_retry for event in result.all_events)
    assert said(result, "bronze/transactions")["partitions_unchanged"] == 1  # the other writer loaded the same files


def test_a_permanent_failure_is_not_tried_again(landed: Settings, instance: dg.DagsterInstance) -> None:
    (file,) = Path(landed.landing, "transactions", DAY).iterdir()
    file.write_text("no,such,columns\n1,2,3\n")
    result = materialize(instance, "bronze/transactions")
    assert not result.success
    assert not any(event.is_step_up_for_retry for event in result.all_events)


def test_an_input_that_cannot_be_loaded_is_a_permanent_failure_that_its_run_is_tagged_with(
    landed: Settings, instance: dg.DagsterInstance
) -> None:
    result = materialize(instance, "silver/products", None)
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert "bronze/products was never published" in failed.step_failure_data.user_failure_data.description
    assert not any(event.is_step_up_for_retry for event in result.all_events)
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags[PERMANENT] == run.run_id
    assert failed_for_good(run)


def test_a_run_that_is_executed_again_did_not_fail_for_good_because_the_first_did(
    landed: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = instance.get_run_by_id(materialize(instance, "silver/products", None).run_id)
    assert first is not None
    make(find_table("bronze/products"), landed, lambda: None)
    # A store that does not answer, as seen by the step.
    monkeypatch.setattr("lakehouse_assets.orchestration.steps.prepare", _away)
    monkeypatch.setattr("resources.telling.RETRIES", dg.RetryPolicy(max_retries=0))
    again = instance.get_run_by_id(
        materialize(instance, "silver/products", None, **first.tags).run_id
    )  # as Dagster does
    assert again is not None
    assert again.status == dg.DagsterRunStatus.FAILURE
    assert PERMANENT in again.tags
    assert not failed_for_good(again)


def _away(*_: object, **__: object) -> None:
    raise UnavailableError("the store does not answer", where="bronze/products", remedy="run it again")


@pytest.fixture
def missing_products(landed: Settings, instance: dg.DagsterInstance) -> Settings:
    """A day of transactions of which some products are not yet in the master."""
    (file,) = Path(landed.landing, "products").iterdir()
    everything = file.read_bytes()
    (sold,) = Path(landed.landing, "transactions", DAY).iterdir()
    lost = pl.read_csv(sold)["product_id"].unique(maintain_order=True).head(20).to_list()
    pl.read_parquet(file).filter(~pl.col("product_id").is_in(lost)).write_parquet(file)
    for key, day in (("bronze/products", None), ("silver/products", None), ("bronze/transactions", DAY)):
        assert materialize(instance, key, day).success
    file.write_bytes(everything)
    return landed


def test_a_table_tells_of_its_quarantine_and_materialising_that_replays_it(
    missing_products: Settings, instance: dg.DagsterInstance
) -> None:
    first = materialize(instance, "silver/transactions")
    quarantined = said(first, "silver/transactions")["rows_quarantined"]
    event = instance.get_latest_materialization_event(dg.AssetKey(["quarantine", "silver_transactions"]))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.partition == DAY
    assert event.asset_materialization.metadata["rows"].value == quarantined > 20
    for key in ("bronze/products", "silver/products"):
        assert materialize(instance, key, None).success
    replay = materialize(instance, "quarantine/silver_transactions", **{WHY: "product master completed", "user": "ann"})
    told = said(replay, "quarantine/silver_transactions")
    assert told["rows_published"] + told["rows"] == quarantined
    assert told["rows"] < 20
    rows = DeltaTable(f"{missing_products.root}/silver/transactions").to_pyarrow_table().num_rows
    assert rows + told["rows"] == said(first, "silver/transactions")["rows_delivered"]
    history = DeltaTable(f"{missing_products.root}/silver/transactions").history(1)[0]["lakehouse"]
    assert '"who": "ann", "why": "product master completed"' in history


def test_a_load_that_files_refused_shows_in_the_checks_of_its_partition(
    landed: Settings, instance: dg.DagsterInstance
) -> None:
    assert materialize(instance, "bronze/transactions").success
    Path(landed.landing, "transactions", DAY, "second.csv").write_text("no,such,columns\n1,2,3\n")
    assert not materialize(instance, "bronze/transactions").success
    (latest,) = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey(["bronze", "transactions"]), "file__readable"), limit=1
    )
    assert (latest.status.value, latest.evaluation.severity) == ("FAILED", dg.AssetCheckSeverity.ERROR)
