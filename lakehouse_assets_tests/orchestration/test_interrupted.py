"""A run that is terminated ends: Dagster would try its step again, as one that failed for a passing reason.

And what it has published by then is told in full, because no later run would have a reason to.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.storage.tags import PARTITION_NAME_TAG

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.demo.land import land
from lakehouse_assets.lake import Lake
from lakehouse_assets.orchestration import recording
from lakehouse_assets.orchestration.checks import evaluations

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings

DAY, TRANSACTIONS = "2017-01-01", find_table("bronze/transactions")
LINES = 1_000_000  # some seconds of reading


def test_an_interrupted_run_publishes_nothing_and_is_not_tried_again(lake: Settings) -> None:
    delivery = Path(lake.landing, "transactions", DAY, "a.csv")
    delivery.parent.mkdir(parents=True)
    names = TRANSACTIONS.schema.names
    delivery.write_text(",".join(names) + "\n" + (",".join("1234567" for _ in names) + "\n") * LINES)
    command = ["asset", "materialize", "--select", "key:bronze/transactions", "--partition", DAY]
    run = subprocess.Popen(
        [str(Path(sys.executable).with_name("dagster")), *command, "-m", "lakehouse_assets.definitions"],
        env={**os.environ, "DAGSTER_HOME": "", "DAGSTER_DISABLE_TELEMETRY": "yes"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + 300
        while not list(Path(lake.root).rglob("*.parquet")):
            assert run.poll() is None, "it ended before it could be interrupted"
            assert time.monotonic() < until
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode != 0
    assert "bronze/transactions: making" in said
    assert "STEP_UP_FOR_RETRY" not in said
    assert Lake(lake).version(TRANSACTIONS) is None


def test_a_run_that_is_terminated_once_it_has_published_tells_all_that_it_found_and_ends(
    lake: Settings, engine: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(land(lake.landing, first=DAY, last=DAY))
    told: list[str] = []

    def terminated_midway(*arguments: Any, **about: Any) -> Iterator[dg.AssetCheckEvaluation]:
        for found in evaluations(*arguments, **about):
            if told:
                os.kill(os.getpid(), signal.SIGINT)
            told.append(found.check_name)
            yield found

    monkeypatch.setattr(recording, "evaluations", terminated_midway)
    from lakehouse_assets.definitions import defs

    key = dg.AssetKey(["bronze", "transactions"])
    job = defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection={key})
    with dg.DagsterInstance.ephemeral() as instance:
        with pytest.raises(DagsterExecutionInterruptedError):
            job.execute_in_process(
                run_config={"loggers": {"console": {}}}, instance=instance, tags={PARTITION_NAME_TAG: DAY}
            )
        keys = [dg.AssetCheckKey(key, name) for name in told]
        latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    assert Lake(lake).version(TRANSACTIONS) == 0
    assert len(told) > 3
    assert {name: latest[at].status.value for name, at in zip(told, keys, strict=True)} == dict.fromkeys(
        told, "SUCCEEDED"
    )
