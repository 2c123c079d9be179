"""What may not be installed beside this project."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from lakehouse_assets.errors import SettingsError

CONNECT = "databricks-connect"


def require_no_connect() -> None:
    """Raise SettingsError where Databricks Connect is installed, whose files have replaced some of pyspark's."""
    try:
        found = version(CONNECT)
    except PackageNotFoundError:
        return
    raise SettingsError(
        f"{CONNECT} {found} is installed beside pyspark and has overwritten files of it",
        remedy=f"give {CONNECT} an environment of its own, and make this one anew: make clean install",
    )
