"""What is wrong with a store is one clear error, at once, and no secret is in it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lakehouse_assets.errors import LakehouseError, SettingsError, StorageError, UnavailableError
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.settings import Settings
from lakehouse_assets.storage import place, without_secrets
from lakehouse_assets_tests.cli.command import LAKEHOUSE
from lakehouse_assets_tests.storage.test_credentials import signature, without
from lakehouse_assets_tests.stores import adls as azurite
from lakehouse_assets_tests.stores import outside
from lakehouse_assets_tests.stores import s3 as seaweed
from lakehouse_assets_tests.stores.store import VARIABLES, Store

SECRETS = (seaweed.SECRET, azurite.KEY, "a-wrong/secret+of=nobody", "QUJDREVGR0hJSktMTU5PUA==")


def refusal(
    monkeypatch: pytest.MonkeyPatch, store: Store, changed: Mapping[str, str | None], url: str | None = None
) -> LakehouseError:
    """What reading a table says, in under ten seconds and without a secret."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/nowhere", **store.environment, **changed}.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    started = time.monotonic()
    with pytest.raises(LakehouseError) as raised:
        open_table(url or f"{store.url}/some/table")
    assert time.monotonic() - started < 10
    whole = "".join(traceback.format_exception(raised.value))
    assert not any(secret in whole for secret in SECRETS)
    assert len(str(raised.value).splitlines()) == 2
    return raised.value


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": SECRETS[2]}, "does not accept the credentials"),
        ({"AWS_ACCESS_KEY_ID": "nobody-we-know"}, "does not accept the credentials"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "there are no AWS credentials"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_PROFILE": "nope"}, "the AWS credentials cannot be had: .*nope"),
        ({"AWS_REGION": None}, "the region of the bucket is not known"),
        ({"AWS_ENDPOINT_URL": "somewhere"}, "the address of the store cannot be used"),
    ],
)
def test_what_is_wrong_with_the_variables_of_s3(
    s3: Store, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], said: str
) -> None:
    error = refusal(monkeypatch, s3, changed)
    assert error.permanent
    with pytest.raises(StorageError, match=said):
        raise error


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"AZURE_STORAGE_ACCOUNT_KEY": SECRETS[3]}, "does not accept the credentials"),
        ({"AZURE_STORAGE_ACCOUNT_KEY": "no!key"}, "does not accept the credentials"),
        ({"AZURE_STORAGE_ACCOUNT_KEY": None}, "there are no Azure credentials"),
        ({"AZURE_STORAGE_ACCOUNT_NAME": "another"}, "the credentials are for the account 'another'"),
        ({"AZURE_STORAGE_ENDPOINT": "somewhere"}, "the address of the store cannot be used"),
    ],
)
def test_what_is_wrong_with_the_variables_of_adls(
    adls: Store, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], said: str
) -> None:
    error = refusal(monkeypatch, adls, changed)
    assert error.permanent
    with pytest.raises(StorageError, match=said):
        raise error


def test_a_bucket_or_container_that_is_not_there_is_no_empty_lake(
    s3: Store, adls: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for store, url in ((s3, "s3://nosuch/t"), (adls, f"abfss://nosuch@{azurite.ACCOUNT}.dfs.core.windows.net/t")):
        error = refusal(monkeypatch, store, {}, url)
        assert "there is no such bucket or container" in str(error)
        assert error.permanent


def test_a_store_that_does_not_answer_may_answer_later(s3: Store, adls: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = "http://127.0.0.1:9"
    for store, changed in (
        (s3, {"AWS_ENDPOINT_URL": nobody}),
        (adls, {"AZURE_STORAGE_ENDPOINT": f"{nobody}/{azurite.ACCOUNT}"}),
    ):
        error = refusal(monkeypatch, store, changed)
        assert isinstance(error, UnavailableError)
        assert "the store does not answer" in str(error)


def test_a_signature_that_has_expired_is_refused_and_not_repeated(adls: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    token = signature(timedelta(hours=-1))
    changed = {"AZURE_STORAGE_ACCOUNT_KEY": None, "AZURE_STORAGE_SAS_TOKEN": token}
    error = refusal(monkeypatch, adls, changed)
    assert "does not accept the credentials" in str(error)
    assert token.split("sig=")[1] not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:a-secret-key@bucket/lake",
        "abfss://lake@account.dfs.core.windows.net/lake?sv=2026&sig=a-secret-key",
        "s3://bucket/lake?X-Amz-Signature=a-secret-key",
        "gs://bucket/lake#a-secret-key",
    ],
)
@pytest.mark.parametrize("name", ["LAKEHOUSE_ROOT", "LAKEHOUSE_LANDING"])
def test_a_place_with_a_secret_in_it_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    monkeypatch.setenv(name, url)
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment()
    assert name in str(raised.value)
    assert "a-secret-key" not in str(raised.value)


def test_what_a_library_or_a_store_says_is_rid_of_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "one/secret+key")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=ab%2Fcdefgh")
    said = (
        "GET http://x/y?sv=1&sig=other%2Bsecret&se=2 and http://x/?X-Amz-Signature=0f0f0f&X-Amz-Credential=AKIA/2026 "
        "key one/secret+key or one%2Fsecret%2Bkey, token sv=1&sig=ab%2Fcdefgh; Authorization: SharedKey me:abcd=\n"
        "<AWSAccessKeyId>AKIAXYZ</AWSAccessKeyId><StringToSign>AWS4\nabc</StringToSign>"
        "<SignatureProvided>0a1b</SignatureProvided> AccountKey=abcd==; s3://me:mine@bucket/x"
    )
    clean = without_secrets(said)
    for secret in ("other", "0f0f", "AKIA", "one/secret", "one%2F", "ab%2F", "abcd", "AWS4", "0a1b", "mine"):
        assert secret not in clean, secret
    assert "se=2" in clean
    assert "s3://(hidden)@bucket/x" in clean


def test_a_run_that_may_not_write_says_so_and_neither_its_output_nor_dagsters_records_hold_the_signature(
    adls: Store, tmp_path: Path
) -> None:
    from azure.storage.blob import ContainerSasPermissions, generate_container_sas

    token = generate_container_sas(
        azurite.ACCOUNT,
        azurite.CONTAINER,
        account_key=azurite.KEY,
        permission=ContainerSasPermissions(read=True, list=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environment = clean | without(adls.environment, "AZURE_STORAGE_ACCOUNT_KEY")
    environment |= {
        "AZURE_STORAGE_SAS_TOKEN": token,
        "LAKEHOUSE_HOME": str(tmp_path / "home"),
        "LAKEHOUSE_ROOT": f"{adls.url}/not-to-be-written",
        "COLUMNS": "200",
    }
    run = [LAKEHOUSE, "run", "bronze/campaigns"]
    outside.write(f"{tmp_path}/home/landing/campaigns/campaigns.csv", b"campaign_id,household_id\n1,1\n")
    done = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "the store refuses: permission denied" in done.stderr or "does not accept" in done.stderr
    assert "Traceback" not in done.stderr
    records = list((tmp_path / "home").rglob("*.db"))
    assert sum(len(rows_of(path)) for path in records) > 0
    kept = done.stdout + done.stderr + "".join(path.read_bytes().decode("latin-1") for path in records)
    secret = token.split("sig=")[1].split("&")[0]
    assert secret not in kept
    assert azurite.KEY not in kept


def rows_of(path: Path) -> list[object]:
    with sqlite3.connect(path) as database:
        names = [name for (name,) in database.execute("select name from sqlite_master where name = 'event_logs'")]
        return [row for name in names for row in database.execute(f"select event from {name}")]


def test_a_place_of_no_known_store_is_refused() -> None:
    with pytest.raises(SettingsError, match="gs:// is no store of this version"):
        place("gs://bucket/folder")
