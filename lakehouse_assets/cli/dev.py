"""`lakehouse dev`: the Dagster UI over the lake."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from lakehouse_assets.settings import Settings

Port = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]


def dev(port: Port = 3000) -> None:
    """Start the Dagster UI and daemon over the lake, until Ctrl-C."""
    from resources.dagster_home import prepare_home

    settings = Settings.from_environment()
    home = prepare_home(settings)
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
