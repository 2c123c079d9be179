"""The Dagster code location: every declared table, and what they run on."""

# ruff: noqa: E402 - what is imported below is what the first lines are about
import gc

# Imports make a million objects that live as long as the process. Collecting garbage among them again and
# again, while they are made and once more at exit, takes a third of a light run's start.
gc.disable()

import dagster as dg

from lakehouse_assets.catalog import tables
from lakehouse_assets.orchestration.assets import IO_MANAGER, assets_of
from lakehouse_assets.orchestration.maintenance import maintenance_assets
from lakehouse_assets.settings import Settings
from resources.console import console_logger
from resources.delta_io_manager import DeltaIOManager
from resources.engines import engine_of
from resources.executor import one_process
from resources.stores import LandingZone
from sensors.alerts.sensor import alerts_sensor
from sensors.arriving import arriving
from sensors.daily import daily_schedule
from sensors.following import automation_sensor, following
from sensors.maintenance import maintenance_sensor
from sensors.records import records_schedule

settings = Settings.from_environment()
engine = engine_of(settings)
# Who asks for deliveries, in sensors and runs alike; a kind of it in resources.stores asks with an identity of its own.
landing = LandingZone()
landing.use()

defs: dg.Definitions = dg.Definitions(
    assets=[
        *dg.map_asset_specs(
            following,
            assets_of(
                tables().values(), lambda: engine.spark_session, engine.stage, remote=settings.engine == "databricks"
            ),
        ),
        *maintenance_assets(tables().values(), lambda: engine.maintenance),
    ],
    resources={"engine": engine, "landing": landing, IO_MANAGER: DeltaIOManager(engine=engine)},
    sensors=[
        *arriving(tables().values(), settings),
        automation_sensor(),
        maintenance_sensor(tables().values()),
        alerts_sensor(),
    ],
    schedules=[daily_schedule(lambda: defs.resolve_asset_graph()), records_schedule()],
    executor=one_process,
    loggers={"console": console_logger},
)

gc.freeze()
gc.enable()
