"""A Spark cluster as the engine: any Spark Connect endpoint whose server has Delta Lake."""

from __future__ import annotations

import os

from lakehouse_assets.errors import SettingsError
from resources.engines.engine import Engine, Running, connect

VARIABLE = "SPARK_REMOTE"


class SparkEngine(Engine):
    """A Spark session on the server that SPARK_REMOTE names, such as `sc://host:15002`."""

    @property
    def address(self) -> str:
        """The server's URL. Raises SettingsError where SPARK_REMOTE does not hold one."""
        url = os.environ.get(VARIABLE, "")
        if not url.startswith("sc://"):
            raise SettingsError(
                f"LAKEHOUSE_ENGINE=spark needs the address of a Spark Connect server in {VARIABLE}",
                remedy=f"export {VARIABLE}=sc://host:15002, or start a cluster on this machine: make cluster",
            )
        return url

    def _start(self) -> Running:
        session = connect(self.address, self.spark_config, tries=2)
        return Running(session, session.stop)
