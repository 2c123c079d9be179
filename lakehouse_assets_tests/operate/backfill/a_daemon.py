"""A real Dagster daemon over a lake, and what the `lakehouse backfill` command says beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES

from lakehouse_assets_tests.breaking.command import SOURCES, lakehouse
from resources.dagster_home import open_instance, prepare_home
from sensors.alerts.sensor import load_state

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


@contextmanager
def daemon(lake: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A Dagster daemon over the lake; what it leaves behind, its code server among it, ends with the block."""
    command = [Path(sys.executable).with_name("dagster-daemon"), "run", "-m", "lakehouse_assets.definitions"]
    with Path(lake.home, "daemon.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "-d", SOURCES],
            cwd=lake.dagster_home,
            env=os.environ | {"LAKEHOUSE_ROOT": lake.root, "LAKEHOUSE_LANDING": lake.landing},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def switch_on_alerts(lake: Settings) -> None:
    """Let the daemons over this lake tell whatever is wrong to the URL of TEAM_URL."""
    (lake.home / "alerts.toml").write_text('otherwise = ["team"]\n[channels]\nteam = "TEAM_URL"\n')
    command = [Path(sys.executable).with_name("dagster"), "sensor", "start", "alerts"]
    home = prepare_home(lake)
    subprocess.run([*command, "-m", "lakehouse_assets.definitions", "-d", SOURCES], cwd=home, check=True)


def looked(lake: Settings) -> float:
    """When the alerts looked last, in seconds since 1970; 0 where they never did."""
    with open_instance(lake) as instance:
        return load_state(instance).looked or 0.0


def wait_for(done: Callable[[], object], what: str, seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come about in {seconds:.0f} s")
        time.sleep(0.3)


def wait_for_ends(lake: Settings, backfills: int) -> None:
    """Until so many backfills, all that were started, are over. Asked of the records: a command takes a core."""
    with open_instance(lake) as instance:

        def ended() -> bool:
            found = instance.get_backfills()
            return len(found) == backfills and all(b.status in BULK_ACTION_TERMINAL_STATUSES for b in found)

        wait_for(ended, f"the end of {backfills} backfills")


def said(lake: Settings, *arguments: str) -> str:
    return lakehouse(lake.home, "backfill", *arguments).stdout
