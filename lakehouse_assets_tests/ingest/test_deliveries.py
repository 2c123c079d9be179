"""Which files of the landing zone are deliveries, and of which partition."""

from pathlib import Path

from lakehouse_assets.ingest.deliveries import find_deliveries
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.ingest.visits import Visits, deliver


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


def test_one_listing_of_many_days_finds_the_same_files_as_a_listing_of_each(lake: Settings) -> None:
    days = [f"2017-01-{day:02d}" for day in range(1, 13)]
    for day in days:
        deliver(lake, day, "a.csv", "store,who\n")
    together = find_deliveries(lake.landing, Visits.source, True, days)
    apart = [d for day in days for d in find_deliveries(lake.landing, Visits.source, True, [day])]
    assert together == apart
    assert len(together) == 12
