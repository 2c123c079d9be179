"""What has arrived in the landing zone, by dagster-aws, dagster-azure and from the local disk, in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.storage import place
from lakehouse_assets_tests.stores import outside
from resources.stores import LandingZone

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

NAMES = ["visits/2017-01-01/a.csv", "visits/2017-01-01/b c.csv", "visits/2017-01-02/it's.csv", "visits/läden.csv"]


def deliver(lake: Settings) -> None:
    for name in (*NAMES, "visits-of-others/x.csv"):
        outside.write(f"{lake.landing}/{name}", name.encode())


def test_files_below_a_folder_are_told_in_order_with_what_a_listing_of_ours_tells(any_lake: Settings) -> None:
    deliver(any_lake)
    arrived = list(LandingZone().arrivals("visits"))
    assert [file.name for file in arrived] == NAMES
    zone = place(any_lake.landing)
    ours = {zone.relative(file.path): (file.size, file.etag) for file in zone.files(below="visits")}
    assert {file.name: (file.size_bytes, file.etag) for file in arrived} == ours
    assert all(file.modified.tzinfo is not None for file in arrived)


def test_only_names_after_another_are_told_where_that_is_asked(any_lake: Settings) -> None:
    deliver(any_lake)
    assert [file.name for file in LandingZone().arrivals("visits", after=NAMES[1])] == NAMES[2:]
    assert list(LandingZone(url=any_lake.landing).arrivals("nothing")) == []


def test_a_file_that_was_replaced_has_another_etag(stored_lake: Settings) -> None:
    deliver(stored_lake)
    before = {file.name: file.etag for file in LandingZone().arrivals("visits")}
    outside.write(f"{stored_lake.landing}/{NAMES[0]}", b"another content")
    after = {file.name: file.etag for file in LandingZone().arrivals("visits")}
    assert {name for name in NAMES if before[name] != after[name]} == {NAMES[0]}


def test_a_folder_that_an_account_with_folders_lists_is_no_file(adls_lake: Settings, adls: object) -> None:
    import os

    from azure.storage.blob import BlobServiceClient

    service = BlobServiceClient(os.environ["AZURE_STORAGE_ENDPOINT"], os.environ["AZURE_STORAGE_ACCOUNT_KEY"])
    container, _, folder = adls_lake.landing.removeprefix("abfss://").partition("/")
    client = service.get_container_client(container.split("@")[0])
    client.upload_blob(f"{folder}/visits/archive", b"", metadata={"hdi_isfolder": "true"})
    outside.write(f"{adls_lake.landing}/visits/a.csv", b"x")
    assert [file.name for file in LandingZone().arrivals("visits")] == ["visits/a.csv"]


def test_a_store_that_refuses_says_so_in_one_line(stored_lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret-key")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "QUJDREVGR0hJSktMTU5PUA==")
    with pytest.raises(LakehouseError, match="does not accept the credentials"):
        list(LandingZone().arrivals("visits"))


def test_it_is_an_ordinary_resource_of_a_sensor(s3_lake: Settings) -> None:
    deliver(s3_lake)

    @dg.sensor(target="*")
    def watching(context: dg.SensorEvaluationContext, landing: LandingZone) -> dg.SkipReason:
        return dg.SkipReason(", ".join(file.name for file in landing.arrivals("visits")))

    context = dg.build_sensor_context(resources={"landing": LandingZone()})
    assert watching(context).skip_message == ", ".join(NAMES)
