"""Every table of the demo by jobs of a workspace, as on Databricks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lakehouse_assets.catalog import tables
from lakehouse_assets.demo.land import land
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.parity.contents import accepted, apart, columns
from lakehouse_assets_tests.parity.homes import JOBS, Home
from lakehouse_assets_tests.resources.databricks.conftest import instance, lake, machines, workspace
from lakehouse_assets_tests.resources.databricks.running import checks, facts, reason, run

if TYPE_CHECKING:
    import dagster as dg

    from lakehouse_assets_tests.resources.databricks.workspace import FakeWorkspace

# What a job needs: a workspace, machines, the wheel, a lake that jobs reach, Dagster's records.
__all__ = ["instance", "lake", "machines", "workspace"]

pytestmark = pytest.mark.cluster

DAYS, WEEKS = ("2017-01-03", "2017-01-05"), ("2017-01-02",)


@pytest.mark.parametrize("home", [JOBS], ids=str)
def test_all_by_jobs(
    home: Home, lake: Settings, workspace: FakeWorkspace, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All twenty tables of the demo, made by jobs of a workspace through Dagster Pipes"""
    list(land(lake.landing, first=DAYS[0], last=DAYS[-1]))
    other = Settings(lake.home, f"{lake.root}-embedded", lake.landing, "embedded")
    for table in tables().values():
        span = () if table.calendar is None else DAYS if table.calendar.column == "event_date" else WEEKS
        remote = run(instance, table.id, *span)
        assert remote.success, f"{table.id}: {reason(remote)}"
        with monkeypatch.context() as patch:
            patch.setenv("LAKEHOUSE_ROOT", other.root)
            local = run(instance, table.id, *span, remote=False)
        assert local.success, f"{table.id}: {reason(local)}"
        for look in (accepted, apart, columns):
            assert look(table, lake) == look(table, other), f"{table.id}: {look.__name__}"
        assert checks(instance, remote) == checks(instance, local), table.id
        assert facts(instance, remote, table.id) == facts(instance, local, table.id), table.id
    assert len(workspace.runs) == len(tables())
