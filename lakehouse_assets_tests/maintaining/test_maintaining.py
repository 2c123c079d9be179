"""Real tables, maintained: rows, rejected rows and marks stay true, and what somebody needs is not deleted."""

from __future__ import annotations

import dataclasses
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from lakehouse_assets import catalog
from lakehouse_assets.declare.targets import target_of
from lakehouse_assets.errors import ConflictError
from lakehouse_assets.lake import Lake
from lakehouse_assets.maintaining.doing import perform
from lakehouse_assets.maintaining.planning import KINDS
from lakehouse_assets.maintaining.upkeep import Upkeep, Wish, survey
from lakehouse_assets.operate.maintenance.restoring import plan_restore, restore_table
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets_tests.maintaining.maintained import EAGER, NOW, WHY, maintain, release, steps, url_of
from lakehouse_assets_tests.maintaining.prices import (
    DECLARED,
    FIRST,
    SECOND,
    Prices,
    deliver,
    everything,
    prices,
    rejected_of,
    run,
)
from resources.engines.maintenance import EmbeddedMaintenance

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


def test_all_of_it_leaves_rows_rejected_rows_and_marks_as_they_were(priced: Settings, spark: SparkSession) -> None:
    before = everything(priced)
    marks = [Lake(priced).marks(table) for table in (Prices, prices)]
    for table in (Prices, prices):
        assert steps(maintain(table, priced, NOW)).count("vacuum") >= 1
    assert everything(priced) == before
    assert [Lake(priced).marks(table) for table in (Prices, prices)] == marks
    assert run(priced, spark) == {Prices.id: [], prices.id: []}, "nothing is out of date by it"


def test_a_second_time_nothing_is_due(priced: Settings) -> None:
    maintain(prices, priced, NOW)
    assert steps(maintain(prices, priced, NOW, checkpoint_commits=50)) == []


def test_a_log_is_cleaned_up_to_what_is_kept_and_marks_are_still_read(priced: Settings, spark: SparkSession) -> None:
    log = Path(url_of(prices, priced), "_delta_log")
    marks = Lake(priced).marks(prices)
    old = datetime.now(UTC).timestamp() - 40 * 86_400
    for commit in log.glob("*.json"):
        os.utime(commit, (old, old))
    release(priced, "spring", {prices.id: 0})
    (due, _) = survey(prices, priced, Wish(kinds=["clean log"]))
    assert due.tasks == ()
    assert due.held == ("the log is kept, because spring names version 0",)
    Path(priced.root, "_releases", "spring.json").unlink()
    assert "clean log" in steps(maintain(prices, priced, Wish(kinds=["properties", "clean log"])))
    assert not (log / f"{0:020d}.json").exists()
    assert Lake(priced).marks(prices) == marks
    assert run(priced, spark) == {Prices.id: [], prices.id: []}


def test_a_step_that_meets_a_writer_yields_and_the_others_go_on(priced: Settings) -> None:
    class Met(EmbeddedMaintenance):
        def compact(self, url: str, **options: Any) -> Any:
            if options["slot"] == FIRST:
                raise ConflictError("another writer changed the files", where=url)
            return super().compact(url, **options)

    deliver_many(priced)
    due = survey(dataclasses.replace(prices, maintenance=Maintenance(**EAGER)), priced)[0]
    done = perform(due, Met)
    assert [(s.slot, s.yielded) for s in done.steps if s.kind == "compact"] == [(FIRST, True), (SECOND, False)]
    assert done.yielded == 1


def deliver_many(lake: Settings) -> None:
    """Three more files of each of two days, as another tool adds them."""
    for _ in range(3):
        rows = pa.table(
            {"product": ["x", "x"], "price": [1, 1], "event_date": pa.array([FIRST, SECOND]).cast("date32")}
        )
        write_deltalake(url_of(prices, lake), rows, mode="append")


def test_only_what_was_asked_for_is_looked_at(priced: Settings) -> None:
    deliver_many(priced)
    kept = dataclasses.replace(prices, maintenance=Maintenance(**EAGER))
    found: dict[str, Upkeep] = {kind: survey(kept, priced, Wish(kinds=[kind]))[0] for kind in KINDS}
    assert {kind: [t.kind for t in due.tasks] for kind, due in found.items() if due.tasks} == {
        kind: [kind] for kind in ("properties", "compact", "checkpoint")
    }


def test_all_of_it_holds_in_an_object_store(
    stored_lake: Settings, tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "tables", lambda: DECLARED)
    lake = dataclasses.replace(stored_lake, landing=str(tmp_path / "landing"))
    for price in (3, 5):
        for name in ("a", "b", "c"):
            deliver(lake, FIRST, f"{name},{price}\nrum,-1\n", name=name)
        run(lake, spark)
    target = target_of(Prices, lake)
    assert steps(maintain(Prices, lake)) == ["properties", "compact", "checkpoint"]
    assert steps(maintain(Prices, lake, NOW, cluster_by=("product",)))[-1] == "vacuum"
    EmbeddedMaintenance().compact(target.url, slot=FIRST, cluster_by=["product"])
    assert len(accepted(target.url)) == 6
    assert run(lake, spark) == {Prices.id: [], prices.id: []}
    assert rejected_of(prices, lake) == [(FIRST, '{"event_date":"2017-01-01","product":"rum","price":"-1"}')] * 3
    restore_table(plan_restore(prices, lake, "0"), WHY)
    assert {row["price"] for row in accepted(target_of(prices, lake).url)} == {3}
    assert run(lake, spark)[prices.id] == [FIRST]


def accepted(url: str) -> list[dict[str, Any]]:
    table = open_table(url)
    return pa.RecordBatchReader.from_stream(table.scan()).read_all().to_pylist() if table else []
