"""Real tables, maintained: rows, rejected rows and marks stay true, and what somebody needs is not deleted."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake

from lakehouse_assets import catalog
from lakehouse_assets.declare.targets import target_of
from lakehouse_assets.errors import ConflictError, GuardError
from lakehouse_assets.lake import Lake
from lakehouse_assets.maintaining.doing import Done, perform
from lakehouse_assets.maintaining.guard import Override
from lakehouse_assets.maintaining.planning import KINDS
from lakehouse_assets.maintaining.upkeep import Upkeep, Wish, survey
from lakehouse_assets.operate.history import history
from lakehouse_assets.operate.maintenance.restoring import plan_restore, restore_table
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.staging import new_folder
from lakehouse_assets.replaying import Reason
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
from resources.engines.maintenance import EmbeddedMaintenance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings

FIRST, SECOND, THIRD = DAYS
NOW = Wish(keep=timedelta(0), override=Override("ann", "the disk is full"))
WHY = Reason("ann", "to try it")


@pytest.fixture
def priced(lake: Settings, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two days of two files, each loaded twice with other rows, some rejected: versions 0 and 1."""
    monkeypatch.setattr(catalog, "tables", lambda: DECLARED)
    for price in (3, 5):
        for day in (FIRST, SECOND):
            deliver(lake, day, f"tea,{price}\nrum,-{price}\n")
            deliver(lake, day, f"gin,{price}\n", name="more")
        run(lake, spark)
    return lake


def maintain(table: Table, lake: Settings, wish: Wish | None = None, **policy: Any) -> list[Done]:
    kept = dataclasses.replace(table, maintenance=Maintenance(**{**plain, **policy}))
    return [perform(due, EmbeddedMaintenance) for due in survey(kept, lake, wish)]


plain = {"small_file_score": 3.0, "checkpoint_commits": 1}


def url_of(table: Table, lake: Settings) -> str:
    return lake.table_url(table.layer, table.name)


def steps(done: Iterable[Done]) -> list[str]:
    return [step.kind for one in done for step in one.steps]


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


def test_files_of_a_day_are_joined_and_a_changed_delivery_is_still_found_among_them(
    priced: Settings, spark: SparkSession
) -> None:
    for name in ("b", "c", "d"):
        deliver(priced, FIRST, f"{name},1\n", name=name)
    run(priced, spark)
    (done, *_) = maintain(Prices, priced)
    assert [(s.kind, s.slot, s.said) for s in done.steps if s.kind == "compact"] == [
        ("compact", FIRST, "5 files are 1 now")
    ]
    assert (done.before["small_file_score"], done.after["small_file_score"]) == (5, 2), "the second day has two"
    deliver(priced, FIRST, "d,9\n", name="d")
    run(priced, spark)
    assert [row for row in rows_of(prices, priced) if row[0] == FIRST] == [
        (FIRST, name, price) for name, price in [("b", "1"), ("c", "1"), ("d", "9"), ("gin", "5"), ("tea", "5")]
    ]


def test_a_vacuum_deletes_what_it_showed_and_the_log_says_so(priced: Settings) -> None:
    (due, _) = survey(prices, priced, NOW)
    assert due.deletable is not None
    shown = [Path(due.url, path) for path in due.deletable.paths]
    assert len(shown) == 2
    assert all(path.exists() for path in shown), "looking deletes nothing"
    perform(due, EmbeddedMaintenance)
    assert not any(path.exists() for path in shown)
    told = next(v.told for v in history(prices, priced) if v.told.get("maintained") == "vacuum")
    assert (told["files"], told["keep_hours"], told["who"], told["override"]) == (2, 0, "ann", "the disk is full")


def test_without_an_override_nothing_younger_than_the_guard_goes(priced: Settings) -> None:
    assert [due.deletable.paths for due in survey(prices, priced) if due.deletable] == [(), ()]
    with pytest.raises(GuardError, match="--override"):
        survey(prices, priced, Wish(keep=timedelta(hours=1)))
    in_eight_days = datetime.now(UTC) + timedelta(days=8)
    assert survey(prices, priced, Wish(kinds=["compact"], keep=timedelta(0)), in_eight_days), "no vacuum, no guard"


def test_staged_files_of_a_running_publication_are_kept_even_with_an_override(priced: Settings) -> None:
    staged = Path(url_of(prices, priced), new_folder(), "part-0.parquet")
    staged.parent.mkdir()
    staged.write_bytes(b"to be committed")
    maintain(prices, priced, NOW)
    assert staged.exists()
    two_days_ago = datetime.now(UTC).timestamp() - 2 * 86_400
    os.utime(staged, (two_days_ago, two_days_ago))
    maintain(prices, priced, NOW)
    assert not staged.exists(), "no run takes so long"


def test_a_version_that_a_release_names_can_be_restored_after_any_vacuum_with_its_rejected_rows(
    priced: Settings,
) -> None:
    release(priced, "spring", {prices.id: 0})
    maintain(prices, priced, NOW)
    restore_table(plan_restore(prices, priced, "spring"), WHY)
    assert rows_of(prices, priced) == [(day, name, "3") for day in (FIRST, SECOND) for name in ("gin", "tea")]
    assert len(rejected_of(prices, priced)) == 2


def release(lake: Settings, name: str, tables: dict[str, int]) -> None:
    folder = Path(lake.root, "_releases")
    folder.mkdir(parents=True, exist_ok=True)
    told = {"release": name, "code_version": "1", "made": "2017-01-05T00:00:00+00:00", "tables": tables}
    (folder / f"{name}.json").write_text(json.dumps(told))


def test_a_release_whose_version_cannot_be_read_stops_the_vacuum(priced: Settings) -> None:
    maintain(prices, priced)
    Path(url_of(prices, priced), "_delta_log", f"{0:020d}.json").unlink()
    release(priced, "spring", {prices.id: 0})
    with pytest.raises(GuardError, match="which releases name"):
        survey(prices, priced, NOW)


def test_a_table_with_a_change_feed_is_guarded_for_those_who_read_it(priced: Settings) -> None:
    table = DeltaTable(url_of(prices, priced))
    table.alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
    with pytest.raises(GuardError, match="720 hours for its change data feed"):
        survey(prices, priced, Wish(keep=timedelta(days=8)))


def test_a_file_that_is_named_again_between_looking_and_deleting_stays(priced: Settings) -> None:
    (due, _) = survey(prices, priced, NOW)
    restore_table(plan_restore(prices, priced, "0"), WHY)
    before = everything(priced)
    perform(due, EmbeddedMaintenance)
    assert everything(priced) == before


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


def test_files_that_another_tool_wrote_without_statistics_get_some_and_can_be_skipped(priced: Settings) -> None:
    url = url_of(prices, priced)
    strip_statistics(url)
    assert len(fragments(url, "zzz")) == 2
    before = rows_of(prices, priced)
    assert "statistics" in steps(maintain(prices, priced))
    assert fragments(url, "zzz") == []
    assert rows_of(prices, priced) == before
    assert "statistics" not in steps(maintain(prices, priced))


def strip_statistics(url: str) -> None:
    from deltalake.transaction import AddAction

    table = DeltaTable(url)
    files = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    bare = [
        AddAction(f["path"], f["size_bytes"], {"event_date": str(f["partition.event_date"])}, 1, False, "{}")
        for f in files
    ]
    table.create_write_transaction(bare, "append", table.schema(), ["event_date"])


def fragments(url: str, product: str) -> list[Any]:
    return list(DeltaTable(url).to_pyarrow_dataset().get_fragments(filter=pc.field("product") == product))


def test_rows_are_put_together_again_only_when_enough_of_them_are_new(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "tables", lambda: DECLARED)
    url, n = url_of(prices, lake), 120_000
    products = pa.array([os.urandom(12).hex() for _ in range(n)])
    days = pa.array([FIRST] * n).cast("date32")
    one = pa.table({"product": products, "price": pa.array(range(n)), "event_date": days})
    write_deltalake(url, one, partition_by=["event_date"])

    def kinds() -> list[str]:
        return [k for k in steps(maintain(prices, lake, cluster_by=("product",), file_mb=1)) if k in ("cluster",)]

    assert kinds() == ["cluster"]
    assert kinds() == []
    write_deltalake(url, one.slice(0, 1_000), mode="append")
    assert kinds() == [], "a little more is no reason"
    write_deltalake(url, one.slice(0, 60_000), mode="append")
    assert kinds() == ["cluster"]
    files = len(DeltaTable(url).file_uris())
    assert len(fragments(url, products[7].as_py())) <= files // 2


def test_a_step_that_meets_a_writer_yields_and_the_others_go_on(priced: Settings) -> None:
    class Met(EmbeddedMaintenance):
        def compact(self, url: str, **options: Any) -> Any:
            if options["slot"] == FIRST:
                raise ConflictError("another writer changed the files", where=url)
            return super().compact(url, **options)

    deliver_many(priced)
    due = survey(dataclasses.replace(prices, maintenance=Maintenance(**plain)), priced)[0]
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
    kept = dataclasses.replace(prices, maintenance=Maintenance(**plain))
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
