"""A vacuum deletes what it showed; what somebody needs, a run, a release or a reader of changes, it does not."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import GuardError
from lakehouse_assets.maintaining.doing import perform
from lakehouse_assets.maintaining.upkeep import Wish, survey
from lakehouse_assets.operate.history import history
from lakehouse_assets.operate.maintenance.restoring import plan_restore, restore_table
from lakehouse_assets.publish.staging import new_folder
from lakehouse_assets_tests.maintaining.maintained import NOW, WHY, maintain, release, url_of
from lakehouse_assets_tests.maintaining.prices import FIRST, SECOND, everything, prices, rejected_of, rows_of
from resources.engines.maintenance import EmbeddedMaintenance

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


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


def test_a_part_of_an_hour_is_kept_as_a_whole_one(priced: Settings) -> None:
    half = Wish(keep=timedelta(minutes=30), override=NOW.override)
    assert [due.deletable.paths for due in survey(prices, priced, half) if due.deletable] == [(), ()]


def test_staged_files_of_a_running_publication_are_kept_even_with_an_override(priced: Settings) -> None:
    folder = Path(url_of(prices, priced), new_folder())
    rows, log = folder / "part-0.parquet", folder / "_delta_log" / "00000000000000000000.json"
    log.parent.mkdir(parents=True)
    for staged in (rows, log):
        staged.write_bytes(b"to be committed")
    maintain(prices, priced, NOW)
    assert rows.exists()
    assert log.exists()
    two_days_ago = datetime.now(UTC).timestamp() - 2 * 86_400
    for staged in (rows, log):
        os.utime(staged, (two_days_ago, two_days_ago))
    maintain(prices, priced, NOW)
    assert not rows.exists(), "no run takes so long"
    assert not log.exists(), "what the engine's Delta writer leaves where a run is killed"


def test_a_version_that_a_release_names_can_be_restored_after_any_vacuum_with_its_rejected_rows(
    priced: Settings,
) -> None:
    release(priced, "spring", {prices.id: 0})
    maintain(prices, priced, NOW)
    restore_table(plan_restore(prices, priced, "spring"), WHY)
    assert rows_of(prices, priced) == [(day, name, "3") for day in (FIRST, SECOND) for name in ("gin", "tea")]
    assert len(rejected_of(prices, priced)) == 2


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
