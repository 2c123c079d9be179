"""What has arrived in the landing zone, by dagster-aws, dagster-azure and from the local disk, in the same words."""

from __future__ import annotations

import dataclasses
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.errors import LakehouseError, SettingsError, StorageError
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.storage import adls, answering, place, s3
from lakehouse_assets_tests.landing import no_engine
from lakehouse_assets_tests.stores import outside
from resources.stores import LandingZone
from sensors.looking import look

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


DAY, TRANSACTIONS = "2017-01-01", find_table("bronze/transactions")
DELIVERY = ",".join(TRANSACTIONS.schema.names) + "\n" + ",".join("1" for _ in TRANSACTIONS.schema.names) + "\n"


@pytest.fixture
def no_longer_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks is kept for a process; here for a test."""
    for store in (s3, adls):
        monkeypatch.setattr(store, "_kept", answering.Kept())


def of_its_own(url: str, *, wrong: bool = False) -> LandingZone:
    """A landing zone that is asked by what the variables say now, told to a resource of the store's integration."""
    if url.startswith("s3://"):
        from dagster_aws.s3 import S3Resource

        from resources.stores.s3 import S3LandingZone

        return S3LandingZone(
            url=url,
            s3=S3Resource(
                endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                region_name=os.environ["AWS_REGION"],
                aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key="a-wrong-secret" if wrong else os.environ["AWS_SECRET_ACCESS_KEY"],
            ),
        )
    from dagster_azure.blob import AzureBlobStorageKeyCredential, AzureBlobStorageResource

    from resources.stores.azure import AzureLandingZone

    key = "QUJDREVGR0hJSktMTU5PUA==" if wrong else os.environ["AZURE_STORAGE_ACCOUNT_KEY"]
    return AzureLandingZone(
        url=url,
        azure=AzureBlobStorageResource(
            account_url=os.environ["AZURE_STORAGE_ENDPOINT"], credential=AzureBlobStorageKeyCredential(key=key)
        ),
    )


@pytest.mark.usefixtures("no_longer_told")
def test_sensors_and_ingestion_ask_as_the_landing_zones_own_resource_says(
    stored_lake: Settings, lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.write(f"{stored_lake.landing}/transactions/{DAY}/a.csv", DELIVERY.encode())
    zone, wrong = of_its_own(stored_lake.landing), of_its_own(stored_lake.landing, wrong=True)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=nobody")
    mine = dataclasses.replace(lake, landing=stored_lake.landing)

    def due() -> list[str]:
        return list(look(TRANSACTIONS, mine, datetime(2100, 1, 1, tzinfo=UTC)).due)

    with pytest.raises(StorageError):
        due()
    zone.use()
    assert due() == [DAY]
    make(TRANSACTIONS, mine, no_engine, [DAY])
    assert {slot: len(files) for slot, files in Lake(mine).held(TRANSACTIONS).items()} == {DAY: 1}
    wrong.use()
    with pytest.raises(StorageError, match="does not accept the credentials"):
        due()


def test_a_landing_zone_of_one_store_is_not_in_another(s3_lake: Settings) -> None:
    zone = of_its_own(s3_lake.landing)
    with pytest.raises(SettingsError, match="is not in S3"):
        zone.model_copy(update={"url": "/somewhere"}).use()


def test_the_definitions_have_one() -> None:
    from lakehouse_assets.definitions import defs

    assert isinstance((defs.resources or {})["landing"], LandingZone)
