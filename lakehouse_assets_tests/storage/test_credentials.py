"""Each way in which the clouds' own tools are told who asks works for Arrow, the engine, delta-rs and DuckDB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lakehouse_assets_tests.stores import adls as azurite
from lakehouse_assets_tests.stores.store import VARIABLES, Store

SOURCES = Path(__file__).parents[2]
ALL = "arrow 6\nengine 6\ndelta-rs 6\nduckdb 6\n"


def told(store: Store, environment: Mapping[str, str]) -> str:
    """What every library says, in a process with this environment alone."""
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    place = {"LAKEHOUSE_ROOT": f"{store.url}/{uuid.uuid4().hex[:12]}", "HOME": "/nowhere"}
    done = subprocess.run(
        [sys.executable, "-m", "lakehouse_assets_tests.storage.all_readers"],
        env={**clean, **place, **environment},
        cwd=SOURCES,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.stdout if done.returncode == 0 else done.stdout + done.stderr


def without(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}


KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def test_s3_by_key_with_the_other_names_of_region_and_address(s3: Store) -> None:
    known = s3.environment
    others = {"AWS_DEFAULT_REGION": known["AWS_REGION"], "AWS_ENDPOINT_URL_S3": known["AWS_ENDPOINT_URL"]}
    plain = without(known, "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP")
    assert told(s3, plain | others) == ALL


def test_s3_by_profile(s3: Store, tmp_path: Path) -> None:
    known = s3.environment
    (tmp_path / "config").write_text(f"[profile lake]\nregion = {known['AWS_REGION']}\n")
    (tmp_path / "credentials").write_text(
        f"[lake]\naws_access_key_id = {known[KEYS[0]]}\naws_secret_access_key = {known[KEYS[1]]}\n"
    )
    files = {
        "AWS_PROFILE": "lake",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }
    assert told(s3, without(known, *KEYS, "AWS_REGION") | files) == ALL


def test_s3_by_the_role_of_a_container(s3: Store) -> None:
    """Its address answers here as in a container of ECS or EKS."""
    with role_of(s3.environment) as address:
        environment = without(s3.environment, *KEYS) | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": address}
        assert told(s3, environment) == ALL


def test_adls_by_key_with_the_names_of_the_command_line(adls: Store) -> None:
    known = adls.environment
    others = {"AZURE_STORAGE_ACCOUNT": azurite.ACCOUNT, "AZURE_STORAGE_KEY": known["AZURE_STORAGE_ACCOUNT_KEY"]}
    plain = without(known, "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_ALLOW_HTTP")
    assert told(adls, plain | others) == ALL


def test_adls_by_connection_string(adls: Store) -> None:
    known = adls.environment
    string = (
        f"DefaultEndpointsProtocol=http;AccountName={azurite.ACCOUNT};AccountKey={known['AZURE_STORAGE_ACCOUNT_KEY']};"
        f"BlobEndpoint={known['AZURE_STORAGE_ENDPOINT']};"
    )
    assert told(adls, {"AZURE_STORAGE_CONNECTION_STRING": string}) == ALL


@pytest.mark.parametrize("variable", ["AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY"])
def test_adls_by_shared_access_signature(adls: Store, variable: str) -> None:
    environment = without(adls.environment, "AZURE_STORAGE_ACCOUNT_KEY") | {variable: signature(timedelta(hours=1))}
    assert told(adls, environment) == ALL


def signature(lasts: timedelta) -> str:
    """A SAS token for the container."""
    from azure.storage.blob import ContainerSasPermissions, generate_container_sas

    rights = ContainerSasPermissions(read=True, list=True, write=True, delete=True, create=True)
    return generate_container_sas(
        azurite.ACCOUNT,
        azurite.CONTAINER,
        account_key=azurite.KEY,
        permission=rights,
        expiry=datetime.now(UTC) + lasts,
    )


class role_of:
    """An address of this machine that gives the credentials of a role, as a container's does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        answer = {
            "AccessKeyId": environment[KEYS[0]],
            "SecretAccessKey": environment[KEYS[1]],
            "Token": "",
            "Expiration": (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}/role"

    def __exit__(self, *raised: object) -> None:
        self.server.shutdown()
        self.server.server_close()
