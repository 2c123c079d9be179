"""`lakehouse dev`: the Dagster UI over the lake."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from lakehouse_assets.errors import SettingsError
from lakehouse_assets.settings import Settings

Port = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]


def dev(port: Port = 3000) -> None:
    """Start the Dagster UI and daemon over the lake, until Ctrl-C."""
    from resources.dagster_home import prepare_home

    settings = Settings.from_environment()
    home = prepare_home(settings)
    _require_alone(home)
    code = Path(__file__).parents[2]
    environment = os.environ | {
        "DAGSTER_HOME": str(home),
        "LAKEHOUSE_HOME": str(settings.home),
        "LAKEHOUSE_ROOT": settings.root,
        "LAKEHOUSE_LANDING": settings.landing,
    }
    os.chdir(home)  # Dagster would otherwise look for its settings in the current folder, too
    dagster = str(Path(sys.executable).with_name("dagster"))
    arguments = ["dev", "-m", "lakehouse_assets.definitions", "-d", str(code), "-h", "127.0.0.1", "-p", str(port)]
    os.execve(dagster, [dagster, *arguments], environment)  # noqa: S606 - our own arguments


def _require_alone(home: Path) -> None:
    """Raise SettingsError where another one runs: two daemons would each start what sensors and schedules ask for."""
    lock = os.open(home / "dev.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SettingsError(
            "a `lakehouse dev` of this home runs already",
            where=str(home),
            remedy="use that one, end it by Ctrl-C, or give this one a home of its own by LAKEHOUSE_HOME",
        ) from error
    os.set_inheritable(lock, True)  # held by the Dagster that this process becomes, until it ends
