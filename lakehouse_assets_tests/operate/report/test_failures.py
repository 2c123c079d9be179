"""Which runs failed, and by what, as a real Dagster instance recorded it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from lakehouse_assets.operate.report.failures import failures_since
from lakehouse_assets_tests.landing import put
from resources.dagster_home import open_instance

if TYPE_CHECKING:
    import pytest

    from lakehouse_assets.settings import Settings

DAY = "2017-01-01"


def run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    from lakehouse_assets.definitions import defs

    return defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        run_config={"loggers": {"console": {}}},
        partition_key=DAY,
        asset_selection=[dg.AssetKey(["bronze", "transactions"])],
        raise_on_error=False,
    )


def test_a_run_that_was_refused_names_the_check_and_one_that_broke_off_none(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(lake.dagster_home))
    long_ago = datetime.now(UTC) - timedelta(days=30)
    assert failures_since(long_ago, lake) == []
    with open_instance(lake) as instance:
        broken_off = run(instance)  # nothing was delivered
        put(lake, f"transactions/{DAY}/a.csv", "PAR1 is no text")
        refused = run(instance)
    found = failures_since(long_ago, lake)
    assert [(f.run_id, f.tables, f.span, f.refused_by) for f in found] == [
        (refused.run_id, ("bronze/transactions",), DAY, ("bronze/transactions file__readable",)),
        (broken_off.run_id, ("bronze/transactions",), DAY, ()),
    ]
    assert all(long_ago < f.at <= datetime.now(UTC) for f in found)
    assert failures_since(datetime.now(UTC) + timedelta(days=1), lake) == []
