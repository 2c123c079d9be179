"""From files in the landing zone to bronze rows."""

import json
import time

import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import DeliveryError
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import RefusedLoadError, make
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.ingest.visits import (
    DAY,
    Strict,
    Visits,
    deliver,
    no_engine,
    people,
    publish_days,
    rejected,
    rows,
)


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


def test_columns_in_another_order_are_found_by_name_and_unknown_ones_are_kept_as_json(lake: Settings) -> None:
    deliver(lake, "2017-01-01", "a.csv", "who,colour,store\nann,red,1\n")
    publish_days(lake, "2017-01-01")
    (row,) = rows(lake)
    assert (row["store"], row["who"], row["_source_extra"]) == ("1", "ann", '{"colour": "red"}')


def test_a_missing_column_is_refused_by_file_and_name_and_no_row_is_published(lake: Settings) -> None:
    deliver(lake, "2017-01-01", "a.csv", "store,who\n1,ann\n")
    deliver(lake, "2017-01-01", "b.csv", "store\n1\n")
    with pytest.raises(DeliveryError, match="who") as error:
        publish_days(lake, "2017-01-01")
    assert "b.csv" in str(error.value)
    assert rows(lake) == []


def test_nothing_delivered_is_an_error_that_says_where_to_look(lake: Settings) -> None:
    with pytest.raises(DeliveryError, match="nothing was delivered for 2017-01-01") as error:
        publish_days(lake, "2017-01-01")
    assert f"{lake.landing}/visits" in str(error.value)


def test_a_file_that_cannot_be_read_is_quarantined_and_refuses_the_load(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n1,ann\n")
    publish_days(lake, DAY)
    deliver(lake, DAY, "b.csv", "nothing,here\n1,2\n")
    for _ in range(2):  # a second try changes nothing
        with pytest.raises(RefusedLoadError, match=r"b\.csv"):
            publish_days(lake, DAY)
        assert [(file, rule) for file, rule, _ in rejected(lake)] == [("b.csv", "file__readable")]
    assert [who for who, _ in people(lake)] == ["ann"]
    deliver(lake, DAY, "b.csv", "store,who\n1,bob\n")
    publish_days(lake, DAY)
    assert ([who for who, _ in people(lake)], rejected(lake)) == (["ann", "bob"], [])


def test_of_a_table_that_never_was_an_unreadable_file_is_quarantined_too(lake: Settings) -> None:
    deliver(lake, DAY, "b.csv", "nothing,here\n1,2\n")
    with pytest.raises(RefusedLoadError):
        publish_days(lake, DAY)
    assert (people(lake), [rule for _, rule, _ in rejected(lake)]) == ([], ["file__readable"])
    assert Lake(lake).stale(Visits) == [DAY]


def test_an_unreadable_file_is_quarantined_and_the_rest_loads_where_the_table_says_so(lake: Settings) -> None:
    deliver(lake, DAY, "a.csv", "store,who\n" + "1,ann\n" * 30)
    deliver(lake, DAY, "b.csv", "nothing,here\n1,2\n")
    make(Strict, lake, no_engine, [DAY], "first")
    assert len(people(lake, "strict")) == 30
    assert [(file, rule) for file, rule, _ in rejected(lake, "strict")] == [("b.csv", "file__readable")]
    assert make(Strict, lake, no_engine, [DAY], "second")[1] is None


def test_it_says_how_long_each_part_of_it_took_and_no_second_twice(lake: Settings) -> None:
    path = deliver(lake, DAY, "a.csv", "store,who\n1,ann\n")
    started = time.perf_counter()
    _, published = make(Visits, lake, no_engine, [DAY])
    took = time.perf_counter() - started
    assert published is not None
    effort = published.effort
    assert min(effort.read or 0.0, effort.judge, effort.quarantine, effort.commit) > 0
    assert effort.seconds <= took
    assert effort.bytes_scanned == path.stat().st_size


def test_the_commit_says_which_file_gave_which_rows(lake: Settings) -> None:
    path = deliver(lake, DAY, "a.csv", "store,who\n1,ann\n1,2,3\n" + "2,x\n" * 30)
    publish_days(lake, DAY)
    told = json.loads(DeltaTable(f"{lake.root}/bronze/visits").history(1)[0]["lakehouse"])
    entry = told["files"]["visits/2017-01-01/a.csv"]
    assert (entry["rows"], entry["malformed"], entry["size_bytes"]) == (31, 1, path.stat().st_size)
    assert (told["files_read"], told["files_kept"]) == (1, 0)
