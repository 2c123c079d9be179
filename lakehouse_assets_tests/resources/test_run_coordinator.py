"""Runs of backfills wait for their turn; a click starts its run at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.errors import DagsterInvariantViolationError
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.run_coordinator import SubmitRunContext
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from resources.dagster_home import open_instance
from resources.run_coordinator import BackfillsInTurn

if TYPE_CHECKING:
    from lakehouse_assets.settings import Settings


LOCATION = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="somewhere"), "somewhere")
ORIGIN = RemoteJobOrigin(RemoteRepositoryOrigin(LOCATION, "__repository__"), "idle")


@dg.op
def nothing() -> None:
    """A step."""


@dg.job
def idle() -> None:
    nothing()


@pytest.fixture
def instance(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(lake.dagster_home))
    with open_instance(lake) as instance:
        yield instance


def submitted(instance: dg.DagsterInstance, **tags: str) -> dg.DagsterRunStatus:
    run = instance.create_run_for_job(
        idle, tags=tags, remote_job_origin=ORIGIN, job_code_origin=dg.reconstructable(idle).get_python_origin()
    )
    return instance.run_coordinator.submit_run(SubmitRunContext(run, workspace=None)).status


def test_a_run_of_a_backfill_waits_in_the_queue(instance: dg.DagsterInstance) -> None:
    assert submitted(instance, **{"dagster/backfill": "some"}) == dg.DagsterRunStatus.QUEUED


def test_any_other_goes_to_the_launcher_at_once(instance: dg.DagsterInstance) -> None:
    with pytest.raises(DagsterInvariantViolationError, match="requires a workspace"):  # there is none here to start in
        submitted(instance)


def test_one_run_of_all_backfills_leaves_the_queue_at_a_time(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_coordinator, BackfillsInTurn)
    limits = instance.run_coordinator.get_run_queue_config().tag_concurrency_limits
    assert limits == [{"key": "dagster/backfill", "limit": 1}]
