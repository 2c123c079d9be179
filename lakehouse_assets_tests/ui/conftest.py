"""A real Dagster UI over a lake of three days, and a real browser on it."""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from lakehouse_assets_tests.cli.command import LAKEHOUSE
from lakehouse_assets_tests.stores.servers import free_ports

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """That of `lakehouse` commands over the lake that the UI shows."""
    return os.environ | {"LAKEHOUSE_HOME": str(tmp_path_factory.mktemp("ui"))}


@pytest.fixture(scope="session")
def dagster_ui(environment: dict[str, str]) -> Iterator[str]:
    """The URL of `lakehouse dev` over a lake that the demo filled with three days."""
    subprocess.run(
        [LAKEHOUSE, "demo", "--from", "2017-01-01", "--to", "2017-01-03"], env=environment, check=True, timeout=300
    )
    (port,) = free_ports(1)
    server = subprocess.Popen([LAKEHOUSE, "dev", "--port", str(port)], env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, server)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """A real headless browser of this machine; the test is skipped where none is installed."""
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        pytest.skip(f"no browser is installed (looked for {', '.join(BROWSERS)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found[0], args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(dagster_ui: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page of a real headless browser; its last sight is kept in LAKEHOUSE_SCREENSHOTS, where that is set."""
    with a_browser() as browser:
        page = browser.new_page(viewport={"width": 1500, "height": 1000}, base_url=dagster_ui)
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        yield page
        if folder := os.environ.get("LAKEHOUSE_SCREENSHOTS"):
            name = re.sub(r"\W+", "_", request.node.name.removeprefix("test_")).strip("_")
            page.screenshot(path=Path(folder, f"{name}.png"))


def _wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"lakehouse dev ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/server_info", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise TimeoutError(f"no UI at {url} after five minutes")
