"""The Dagster code location: every declared table, and what they run on."""

# ruff: noqa: E402 - what is imported below is what the first lines are about
import gc

# Imports make a million objects that live as long as the process. Collecting garbage among them again and
# again, while they are made and once more at exit, takes a third of a light run's start.
gc.disable()

import dagster as dg

from lakehouse_assets.catalog import tables
from lakehouse_assets.orchestration.assets import IO_MANAGER, assets_of
from lakehouse_assets.settings import Settings
from resources.console import console_logger
from resources.delta_io_manager import DeltaIOManager
from resources.engines import engine_of
from sensors.arrivals import arrival_sensors
from sensors.daily import daily_schedule
from sensors.following import automation_sensor, following

settings = Settings.from_environment()
engine = engine_of(settings)

defs: dg.Definitions = dg.Definitions(
    assets=dg.map_asset_specs(
        following,
        assets_of(
            tables().values(), lambda: engine.spark_session, engine.stage, remote=settings.engine == "databricks"
        ),
    ),
    resources={"engine": engine, IO_MANAGER: DeltaIOManager(engine=engine)},
    sensors=[*arrival_sensors(tables().values()), automation_sensor()],
    schedules=[daily_schedule(lambda: defs.resolve_asset_graph())],
    executor=dg.in_process_executor,
    loggers={"console": console_logger},
)

gc.freeze()
gc.enable()
