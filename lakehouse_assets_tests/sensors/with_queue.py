"""The code location of a deployment that has a queue: what `lakehouse_assets.definitions` is with LAKEHOUSE_QUEUE."""

import dataclasses

import dagster as dg

from lakehouse_assets import definitions
from lakehouse_assets.catalog import tables
from sensors.arriving import arriving

settings = dataclasses.replace(definitions.settings, queue="https://sqs.eu-central-1.amazonaws.com/1/arrivals")
defs = dg.Definitions(
    assets=definitions.defs.assets,
    resources=definitions.defs.resources,
    sensors=arriving(tables().values(), settings),
    executor=definitions.defs.executor,
)
