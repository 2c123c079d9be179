"""Where the lake, the landing zone and Dagster's own records lie, and which engine computes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from lakehouse_assets.errors import SettingsError

ENGINES = ("embedded", "spark", "databricks")


@dataclass(frozen=True)
class Settings:
    """The platform's settings, read from the environment once and passed on.

    `root` and `landing` are URLs or absolute paths; `home` is a local folder that holds them by default,
    together with Dagster's records. `catalog` is the Unity Catalog catalog that tables made on Databricks
    are registered in.
    """

    home: Path
    root: str
    landing: str
    engine: str
    catalog: str | None = None

    @classmethod
    def from_environment(cls) -> Settings:
        """Read LAKEHOUSE_HOME, LAKEHOUSE_ROOT, LAKEHOUSE_LANDING, LAKEHOUSE_ENGINE and LAKEHOUSE_CATALOG.

        Raises SettingsError where a value cannot be used.
        """
        home = Path(os.environ.get("LAKEHOUSE_HOME") or ".lakehouse").expanduser().resolve()
        engine = os.environ.get("LAKEHOUSE_ENGINE") or "embedded"
        if engine not in ENGINES:
            raise SettingsError(
                f"LAKEHOUSE_ENGINE={engine!r} is not an engine of this version",
                remedy=f"use one of: {', '.join(ENGINES)}",
            )
        return cls(
            home=home,
            root=_readable(_location(os.environ.get("LAKEHOUSE_ROOT"), home / "lake")),
            landing=_location(os.environ.get("LAKEHOUSE_LANDING"), home / "landing"),
            engine=engine,
            catalog=os.environ.get("LAKEHOUSE_CATALOG") or None,
        )

    @property
    def dagster_home(self) -> Path:
        """The folder of Dagster's own records: runs, events, schedules."""
        return self.home / "dagster"

    def table_url(self, layer: str, table: str) -> str:
        """Where a table lies: `<root>/<layer>/<table>`."""
        return f"{self.root}/{layer}/{table}"

    def quarantine_url(self, layer: str, table: str) -> str:
        """Where a table's rejected rows lie: `<root>/quarantine/<layer>_<table>`."""
        return f"{self.root}/quarantine/{layer}_{table}"


def _readable(root: str) -> str:
    # The embedded engine escapes such a path once too often and then finds no table there.
    if "://" not in root and quote(root) != root:
        raise SettingsError(
            f"{root!r} holds blanks, accents or other characters that the embedded engine cannot read tables below",
            remedy="choose another place with LAKEHOUSE_HOME or LAKEHOUSE_ROOT: letters, digits, `-`, `_`, `.`, `~`",
        )
    return root


def _location(value: str | None, default: Path) -> str:
    if not value:
        return str(default)
    if "://" in value:
        return value.rstrip("/")
    return str(Path(value).expanduser().resolve())
