"""Dagster's own records for local use: made ready once, in the lake's home."""

from __future__ import annotations

import os
from importlib import resources as package_files
from typing import TYPE_CHECKING

from lakehouse_assets.storage import storage_errors

if TYPE_CHECKING:
    from pathlib import Path

    from dagster import DagsterInstance

    from lakehouse_assets.settings import Settings


def prepare_home(settings: Settings) -> Path:
    """Make Dagster's home with the settings for local use, unless it is there; returns it.

    A `dagster.yaml` that lies there already is kept, so that a deployment can bring its own.
    """
    home = settings.dagster_home
    with storage_errors(str(home)):
        home.mkdir(parents=True, exist_ok=True)
        target = home / "dagster.yaml"
        if not target.exists():
            text = package_files.files("resources").joinpath("dagster.yaml").read_text()
            unfinished = target.with_suffix(f".{os.getpid()}.tmp")
            unfinished.write_text(text)
            unfinished.replace(target)
    return home


def open_instance(settings: Settings) -> DagsterInstance:
    """The Dagster instance of this home, or of DAGSTER_HOME where that is set."""
    from dagster import DagsterInstance

    os.environ.setdefault("DAGSTER_HOME", str(prepare_home(settings)))
    return DagsterInstance.get()
