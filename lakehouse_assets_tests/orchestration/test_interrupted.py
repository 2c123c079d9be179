"""A run that is terminated ends: Dagster would try its step again, as one that failed for a passing reason."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.lake import Lake

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
