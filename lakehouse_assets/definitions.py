"""The Dagster code location: every declared table, and what they run on."""

import dagster as dg

from lakehouse_assets.catalog import tables
from lakehouse_assets.declare.assets import IO_MANAGER, assets_of
from resources.console import console_logger
from resources.delta_io_manager import DeltaIOManager
from resources.engines.embedded import EmbeddedEngine

engine = EmbeddedEngine()

defs = dg.Definitions(
    assets=assets_of(tables().values()),
    resources={"engine": engine, IO_MANAGER: DeltaIOManager(engine=engine)},
    executor=dg.in_process_executor,
    loggers={"console": console_logger},
)
