"""Whatever happens in whatever order, the lake holds what a model in plain Python holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from lakehouse_assets.publish.staged_write import STAGING_TASKS
from lakehouse_assets_tests.breaking.machine import Lakehouse

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def attempt(spark: SparkSession, examples: int, steps: int) -> None:
    machine = type("Lakehouse", (Lakehouse,), {"session": spark})
    bounds = settings(
        max_examples=examples,
        stateful_step_count=steps,
        print_blob=True,
        phases=[Phase.reuse, Phase.generate],  # to shrink a sequence of real loads takes many minutes
        suppress_health_check=list(HealthCheck),
    )
    tasks = spark.conf.get(STAGING_TASKS)
    spark.conf.set(STAGING_TASKS, "1")  # so that its few days are staged as a year is, by the engine's Delta writer
    try:
        run_state_machine_as_test(machine, settings=bounds)
    finally:
        spark.conf.set(STAGING_TASKS, tasks)


def test_every_delivered_row_is_in_exactly_one_place_whatever_happens(spark: SparkSession) -> None:
    attempt(spark, examples=25, steps=15)


@pytest.mark.long
def test_every_delivered_row_is_in_exactly_one_place_whatever_happens_for_long(spark: SparkSession) -> None:
    attempt(spark, examples=1_000, steps=40)
