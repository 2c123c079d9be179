"""Which failures of a job pass by themselves."""

from __future__ import annotations

import pytest
from databricks.sdk import errors as sdk
from databricks.sdk.service.jobs import Run
from requests.exceptions import ConnectTimeout

from resources.databricks.failures import failure_from, failure_of


def ended(code: str, kind: str = "CLIENT_ERROR") -> Run:
    details = {"code": code, "type": kind, "message": "because"}
    return Run.from_dict({"run_id": 7, "status": {"termination_details": details}, "run_page_url": "https://w/run/7"})


@pytest.mark.parametrize(
    ("run", "permanent"),
    [
        (ended("CLOUD_FAILURE"), False),
        (ended("DRIVER_ERROR"), False),
        (ended("RUN_EXECUTION_ERROR", "CLOUD_FAILURE"), False),
        (ended("WORKSPACE_RUN_LIMIT_EXCEEDED"), False),
        (ended("RUN_EXECUTION_ERROR"), True),
        (ended("INVALID_CLUSTER_REQUEST"), True),
        (ended("USER_CANCELED"), True),
        (Run.from_dict({"run_id": 7, "state": {"life_cycle_state": "INTERNAL_ERROR"}}), False),
        (Run.from_dict({"run_id": 7, "state": {"life_cycle_state": "TERMINATED", "result_state": "TIMEDOUT"}}), True),
    ],
)
def test_of_a_run_that_ended(run: Run, *, permanent: bool) -> None:
    failure = failure_of(run)
    assert failure.permanent is permanent
    assert "Remedy: " in str(failure)


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (sdk.TemporarilyUnavailable("busy"), False),
        (sdk.TooManyRequests("slowly"), False),
        (sdk.DeadlineExceeded("late"), False),
        (TimeoutError("Timed out after 0:05:00"), False),
        (ConnectTimeout("no route"), False),
        (sdk.Unauthenticated("who?"), True),
        (sdk.PermissionDenied("not you"), True),
        (sdk.InvalidParameterValue("no such node type"), True),
        (sdk.NotFound("no such volume"), True),
    ],
)
def test_of_a_workspace_that_does_not_do_what_was_asked(error: Exception, *, permanent: bool) -> None:
    failure = failure_from(error, "https://w")
    assert failure.permanent is permanent
    assert str(failure).startswith("https://w: ")
