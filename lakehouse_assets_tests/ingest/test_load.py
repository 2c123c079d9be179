"""From files in the landing zone to bronze rows."""

import os
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.calendars import DAILY
from lakehouse_assets.declare import Contract, Table, bronze, csv
from lakehouse_assets.declare.targets import range_of, target_of
from lakehouse_assets.errors import DeliveryError
from lakehouse_assets.ingest.deliveries import find_deliveries, fingerprint
from lakehouse_assets.ingest.load import load
from lakehouse_assets.publish.publication import Publication, publish
from lakehouse_assets.publish.target import Origin
from lakehouse_assets.settings import Settings


@bronze(csv("visits"), partitions=DAILY)
class Visits(Contract):
    """Who came."""

    store: T.StringType = Field(nullable=True)
    who: T.StringType = Field(nullable=True)


def deliver(lake: Settings, day: str, name: str, text: str, source: str = "visits") -> Path:
    path = Path(lake.landing) / source / day / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def publish_days(lake: Settings, *days: str, table: Table = Visits) -> Publication:
    waiting = find_deliveries(lake.landing, table.source, True, days)
    judged = load(waiting, table.source, lake.landing, target_of(table, lake), range_of(table, days), "run-1")
    return publish(judged, Origin("run-1"))


def rows(lake: Settings) -> list[dict]:
    table = DeltaTable(f"{lake.root}/bronze/visits").to_pyarrow_table()
    return sorted(table.to_pylist(), key=lambda row: (row["_source_file"], row["_source_row"]))


def test_each_row_says_which_file_and_line_it_came_from(lake: Settings) -> None:
    path = deliver(lake, "2017-01-01", "a.csv", "store,who\n1,ann\n2,bob\n")
    publish_days(lake, "2017-01-01")
    first, second = rows(lake)
    assert (first["who"], first["_source_row"], second["_source_row"]) == ("ann", 1, 2)
    assert first["_source_file"] == "visits/2017-01-01/a.csv"
    assert first["_source_size"] == path.stat().st_size
    assert abs(first["_source_modified"].timestamp() - path.stat().st_mtime) < 0.001
    assert first["_run_id"] == "run-1"
    assert str(first["event_date"]) == "2017-01-01"


def test_a_late_file_joins_its_partition_and_a_changed_one_replaces_its_rows(lake: Settings) -> None:
    deliver(lake, "2017-01-01", "a.csv", "store,who\n1,ann\n")
    publish_days(lake, "2017-01-01")
    deliver(lake, "2017-01-01", "b.csv", "store,who\n1,cid\n")
    deliver(lake, "2017-01-01", "a.csv", "store,who\n1,eve\n")
    publish_days(lake, "2017-01-01")
    assert [row["who"] for row in rows(lake)] == ["eve", "cid"]


def test_loading_a_day_again_leaves_the_other_days_alone(lake: Settings) -> None:
    for day in ("2017-01-01", "2017-01-02"):
        deliver(lake, day, "a.csv", f"store,who\n1,{day}\n")
    publish_days(lake, "2017-01-01", "2017-01-02")
    publish_days(lake, "2017-01-02")
    assert [row["who"] for row in rows(lake)] == ["2017-01-01", "2017-01-02"]


def test_columns_in_another_order_are_found_by_name_and_unknown_ones_are_kept_as_json(lake: Settings) -> None:
    deliver(lake, "2017-01-01", "a.csv", "who,colour,store\nann,red,1\n")
    publish_days(lake, "2017-01-01")
    (row,) = rows(lake)
    assert (row["store"], row["who"], row["_source_extra"]) == ("1", "ann", '{"colour": "red"}')


def test_a_missing_column_is_refused_by_file_and_name_and_nothing_stays_behind(lake: Settings) -> None:
    deliver(lake, "2017-01-01", "a.csv", "store,who\n1,ann\n")
    deliver(lake, "2017-01-01", "b.csv", "store\n1\n")
    with pytest.raises(DeliveryError, match=r"\['who'\] are missing") as error:
        publish_days(lake, "2017-01-01")
    assert "b.csv" in str(error.value)
    assert not [path for path in Path(lake.root).rglob("*") if path.is_file()]


def test_nothing_delivered_is_an_error_that_says_where_to_look(lake: Settings) -> None:
    with pytest.raises(DeliveryError, match="nothing was delivered for 2017-01-01") as error:
        publish_days(lake, "2017-01-01")
    assert f"{lake.landing}/visits" in str(error.value)


def test_files_that_are_hidden_unfinished_or_markers_are_left_alone(lake: Settings) -> None:
    left = [
        *(".a.csv", "_SUCCESS", "~$a.xlsx", "a.csv~", "A.CSV.TMP"),
        *("a.csv.tmp", "b.csv.part", "b.csv.1a2b3c.partial", "a.csv.filepart", "a.csv.crdownload", "a.csv._COPYING_"),
    ]
    for name in [*left, "c.csv"]:
        deliver(lake, "2017-01-01", name, "store,who\n1,ann\n")
    found = find_deliveries(lake.landing, Visits.source, True)
    assert [delivery.name for delivery in found] == ["visits/2017-01-01/c.csv"]


def test_folders_deeper_or_higher_than_a_partition_are_not_taken_for_one(lake: Settings) -> None:
    deliver(lake, "2017-01-01/deep", "a.csv", "store,who\n1,ann\n")
    (Path(lake.landing) / "visits" / "loose.csv").write_text("store,who\n1,ann\n")
    assert find_deliveries(lake.landing, Visits.source, True) == []


def test_a_fingerprint_changes_with_the_files_and_the_code_and_with_nothing_else(lake: Settings) -> None:
    path = deliver(lake, "2017-01-01", "a.csv", "store,who\n1,ann\n")

    def now(code: str = "1") -> int:
        return fingerprint(find_deliveries(lake.landing, Visits.source, True, ["2017-01-01"]), code)

    before = now()
    assert now() == before
    assert now(code="2") != before
    os.utime(path, ns=(1, 1))
    touched = now()
    assert touched != before
    deliver(lake, "2017-01-01", "b.csv", "store,who\n")
    assert now() not in (before, touched)


def test_one_listing_of_many_days_finds_the_same_files_as_a_listing_of_each(lake: Settings) -> None:
    days = [f"2017-01-{day:02d}" for day in range(1, 13)]
    for day in days:
        deliver(lake, day, "a.csv", "store,who\n")
    together = find_deliveries(lake.landing, Visits.source, True, days)
    apart = [d for day in days for d in find_deliveries(lake.landing, Visits.source, True, [day])]
    assert together == apart
    assert len(together) == 12
