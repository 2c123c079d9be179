"""Places: files of a folder, whatever store it is in."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse_assets.errors import StorageError, UnavailableError
from lakehouse_assets.ingest.deliveries import find_deliveries
from lakehouse_assets.ingest.readers import ChangedWhileReadError, read_delivery
from lakehouse_assets.ingest.sources import csv
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.storage import place
from lakehouse_assets.storage.streams import BLOCK, WHOLE
from lakehouse_assets_tests.breaking.tables import DAYS, Visits, deliver, deliver_days, no_engine, seen, undisturbed
from lakehouse_assets_tests.ingest.readers.reading import text_columns
from lakehouse_assets_tests.stores import outside
from lakehouse_assets_tests.stores.faults import bad_network

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings
    from lakehouse_assets.storage import Place

ODD = ["it's.csv", 'say "so".csv', "a b.csv", "läden 😀.csv", "100%41.csv", "a+b&c#d?e=f.csv", "x;y,z.csv"]


def written(to: Place, name: str, content: bytes) -> str:
    to.put(name, lambda stream: stream.write(content) and None)
    return f"{to.path}/{name}"


def test_a_file_is_found_with_its_size_and_read_whatever_its_name(any_lake: Settings) -> None:
    zone = place(any_lake.landing)
    for name in ODD:
        written(zone, f"odd/{name}", name.encode())
    found = zone.files(below="odd")
    assert sorted(zone.relative(file.path) for file in found) == sorted(f"odd/{name}" for name in ODD)
    for file in found:
        content = outside.read(file.path)
        assert file.path.endswith(content.decode())
        assert file.size == len(content)
        with zone.system.open_input_stream(file.path, compression=None) as stream:
            assert stream.read() == content
    assert all(file.etag for file in found) == (not zone.is_local)


def test_a_folder_that_is_missing_is_empty_and_is_removed_without_a_word(any_lake: Settings) -> None:
    zone = place(any_lake.landing)
    assert zone.files(below="nothing") == []
    zone.delete("nothing")
    assert zone.file(f"{zone.path}/nothing/x") is None


def test_removing_a_folder_leaves_one_whose_name_begins_alike(any_lake: Settings) -> None:
    zone = place(any_lake.landing)
    for name in ("a/1", "a/b/2", "ab/3"):
        written(zone, name, b"x")
    zone.delete("a")
    assert [zone.relative(file.path) for file in zone.files()] == ["ab/3"]


def test_a_file_that_could_not_be_finished_is_not_there(any_lake: Settings) -> None:
    zone = place(any_lake.landing)

    def breaks_off(stream: object) -> None:
        stream.write(b"half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        zone.put("half.csv", breaks_off)
    assert zone.files() == []


def test_more_files_than_one_answer_of_a_store_holds_are_all_listed_and_removed(s3_lake: Settings) -> None:
    zone = place(s3_lake.landing)
    for n in range(1_005):
        outside.write(f"{zone.path}/many/{n:04d}", b"")
    assert len(zone.files(below="many")) == 1_005
    zone.delete("many")
    assert zone.files(below="many") == []


@pytest.mark.parametrize("size", [0, 1, WHOLE, WHOLE + 1, WHOLE + BLOCK + 5])
def test_objects_of_any_size_are_read_from_the_start_and_anywhere(stored_lake: Settings, size: int) -> None:
    zone, content = place(stored_lake.landing), (bytes(range(251)) * (size // 251 + 1))[:size]
    path = written(zone, "large", content)
    with zone.system.open_input_stream(path, compression=None) as stream:
        assert b"".join(iter(lambda: stream.read(1_000_003), b"")) == content
    with zone.system.open_input_file(path) as file:
        assert file.size() == size
        for at in (0, size // 2, max(size - 7, 0)):
            file.seek(at)
            assert file.read(11) == content[at : at + 11]


def test_a_large_object_that_is_replaced_while_it_is_read_is_no_mixture(stored_lake: Settings) -> None:
    zone = place(stored_lake.landing)
    path = written(zone, "large", b"a" * (WHOLE + 2 * BLOCK))
    with zone.system.open_input_file(path) as file:
        assert file.read(1) == b"a"
        outside.write(path, b"b" * (WHOLE + 2 * BLOCK))
        file.seek(2 * BLOCK)
        with pytest.raises(UnavailableError, match="replaced while it was read"):
            file.read(1)


def test_a_file_that_is_not_there_is_told_as_on_disk(any_lake: Settings) -> None:
    zone = place(any_lake.landing)
    written(zone, "there", b"x")
    for opened in (zone.system.open_input_stream, zone.system.open_input_file):
        with pytest.raises(FileNotFoundError):
            opened(f"{zone.path}/nothing")


def test_a_large_parquet_file_is_written_and_read(stored_lake: Settings) -> None:
    import numpy as np

    zone = place(stored_lake.landing)
    table = pa.table({"n": np.random.default_rng(1).integers(0, 1 << 62, 3_000_000)})
    pq.write_table(table, f"{zone.path}/large.parquet", filesystem=zone.system)
    assert zone.files()[0].size > 2 * WHOLE
    assert pq.read_table(f"{zone.path}/large.parquet", filesystem=zone.system).equals(table)
    assert pq.read_table(io.BytesIO(outside.read(f"{zone.path}/large.parquet"))).equals(table)


def test_markers_of_folders_are_no_deliveries(stored_lake: Settings) -> None:
    outside.write(f"{stored_lake.landing}/visits/archive", b"")  # as Hadoop leaves them in Azure
    outside.write(f"{stored_lake.landing}/visits/archive/old.csv", b"id\n1\n")
    outside.write(f"{stored_lake.landing}/visits/new.csv", b"id\n1\n")
    found = find_deliveries(stored_lake.landing, csv("visits"), partitioned=False)
    assert [delivery.name for delivery in found] == ["visits/new.csv"]


def test_a_marker_with_a_slash_is_no_delivery(s3_lake: Settings) -> None:
    outside.write(f"{s3_lake.landing}/visits/2017-01-01/", b"")  # as consoles leave them in S3
    deliver(s3_lake, "2017-01-01", "a.csv", "id,n\n1,1\n")
    found = find_deliveries(s3_lake.landing, csv("visits"), partitioned=True)
    assert [delivery.name for delivery in found] == ["visits/2017-01-01/a.csv"]


def test_a_name_that_no_client_can_say_is_named(s3_lake: Settings) -> None:
    outside.write(f"{s3_lake.landing}/visits/2017-01-01/new\nline.csv", b"")
    with pytest.raises(StorageError, match="the name of an object cannot be used"):
        find_deliveries(s3_lake.landing, csv("visits"), partitioned=True)


def test_a_file_replaced_within_the_same_second_by_one_of_the_same_size_is_news(stored_lake: Settings) -> None:
    deliver(stored_lake, DAYS[0], "a.csv", "id,n\na,1\n")
    make(Visits, stored_lake, no_engine, DAYS[:1])
    deliver(stored_lake, DAYS[0], "a.csv", "id,n\na,2\n")
    assert Lake(stored_lake).stale(Visits, DAYS[:1]) == [DAYS[0]]
    make(Visits, stored_lake, no_engine, DAYS[:1])
    assert [row[2] for row in seen(Visits, stored_lake).accepted] == ["2"]


def test_a_file_replaced_while_it_is_read_is_not_half_loaded(stored_lake: Settings) -> None:
    deliver(stored_lake, DAYS[0], "a.csv", "id,n\na,1\n")
    (delivery,) = find_deliveries(stored_lake.landing, csv("visits"), partitioned=True)
    deliver(stored_lake, DAYS[0], "a.csv", "id,n\na,2\n")
    with pytest.raises(ChangedWhileReadError):
        list(read_delivery(place(stored_lake.landing).system, delivery, csv("visits"), text_columns("id", "n")))


@pytest.mark.parametrize("landing", ["disk", "s3", "adls"])
@pytest.mark.parametrize("root", ["disk", "s3", "adls"])
def test_landing_zone_and_lake_lie_in_any_two_stores(
    lake: Settings, request: pytest.FixtureRequest, landing: str, root: str
) -> None:
    places = {store: lake if store == "disk" else request.getfixturevalue(f"{store}_lake") for store in {landing, root}}
    mixed = dataclasses.replace(lake, landing=places[landing].landing, root=places[root].root)
    days = DAYS[:2]
    deliver_days(mixed, days)
    make(Visits, mixed, no_engine, days)
    deliver_days(mixed, days, version=2)
    make(Visits, mixed, no_engine, days)
    assert seen(Visits, mixed) == undisturbed(lake, days, 2)


def test_a_year_of_partitions_is_listed_by_a_few_requests(s3_lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for n in range(365):
        deliver(s3_lake, f"2017-{n // 31 + 1:02d}-{n % 31 + 1:02d}", "a.csv", "id,n\na,1\n")
    with bad_network(os.environ["AWS_ENDPOINT_URL"], share=0, seed=1) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        found = find_deliveries(s3_lake.landing, csv("visits"), partitioned=True)
    assert len(found) == 365
    assert network.done.total() <= 3
