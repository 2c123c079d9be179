"""Plain Dagster assets on the Delta IO manager, in object stores: partitions of any name, on every reader."""

# Without postponed annotations: the annotations of an asset's parameters decide what it receives.
import os

import dagster as dg
import polars as pl
import pytest
from pyspark.sql import DataFrame

from lakehouse_assets.settings import Settings
from lakehouse_assets.storage import place
from lakehouse_assets_tests.resources.plain_assets import Run
from lakehouse_assets_tests.stores.faults import bad_network
from resources.engines.embedded import EmbeddedEngine

KEYS = ("it's", "a b", "läden", "100%41", "x=y+z&q")
SHOPS = dg.StaticPartitionsDefinition(list(KEYS))


@dg.asset(partitions_def=SHOPS, metadata={"partition_column": "shop"})
def takings(context: dg.AssetExecutionContext) -> pl.DataFrame:
    return pl.DataFrame({"shop": [context.partition_key], "n": [len(context.partition_key)]})


@dg.asset(partitions_def=SHOPS, metadata={"partition_column": "shop"})
def doubled(takings: DataFrame) -> DataFrame:
    return takings.selectExpr("shop", "n * 2 as n")


@dg.asset
def all_of_them(doubled: pl.DataFrame) -> pl.DataFrame:
    return doubled


def test_partitions_of_any_name_are_published_and_read_one_by_one(
    engine: EmbeddedEngine, stored_lake: Settings
) -> None:
    run = Run(engine)
    for key in (*KEYS, KEYS[0]):
        run(takings, doubled, key=key)
        run(doubled, takings, key=key)
    result = run(all_of_them, doubled, takings)
    assert dict(result.output_for_node("all_of_them").select("shop", "n").iter_rows()) == {
        key: 2 * len(key) for key in KEYS
    }
    (event,) = result.get_asset_materialization_events()
    assert event.materialization.metadata["dagster/uri"].value == f"{stored_lake.root}/all_of_them"


def test_a_store_that_is_away_while_an_input_is_loaded_costs_a_retry_and_nothing_else(
    engine: EmbeddedEngine, s3_lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One more try, at once, so that failures come through.
    monkeypatch.setattr("lakehouse_assets.storage.answering.DELTA", {"max_retries": "1"})
    run, delay = Run(engine), dg.RetryPolicy.calculate_delay
    run(takings, doubled, key=KEYS[0])
    run(doubled, takings, key=KEYS[0])
    with bad_network(os.environ["AWS_ENDPOINT_URL"], 0.0, 0, ("refuse",)) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        place(s3_lake.root)  # a store that never answered is another thing
        network.share = 1.0

        def until_it_is_back(policy: dg.RetryPolicy, tried: int) -> float:
            network.share = 0.0
            return delay(policy, tried)

        monkeypatch.setattr(dg.RetryPolicy, "calculate_delay", until_it_is_back)
        result = run(all_of_them, doubled, takings)
    assert network.done["refuse"] > 1
    (again,) = [event for event in result.all_events if event.is_step_up_for_retry]
    assert "the store asks to be left alone" in str(again.event_specific_data)
    assert result.output_for_node("all_of_them")["shop"].to_list() == [KEYS[0]]
    assert len(result.get_asset_materialization_events()) == 1


@pytest.mark.parametrize("odd", ["a b", "läden"])
def test_a_root_that_the_engine_cannot_read_below_is_refused_in_a_store_too(
    stored_lake: Settings, monkeypatch: pytest.MonkeyPatch, odd: str
) -> None:
    monkeypatch.setenv("LAKEHOUSE_ROOT", f"{stored_lake.root}/{odd}")
    with pytest.raises(Exception, match="holds blanks, accents"):
        Settings.from_environment()
