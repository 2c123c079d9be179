"""Failures of a job that its task did not tell itself: what they are, and which pass by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.errors import LakehouseError

if TYPE_CHECKING:
    from databricks.sdk.service.jobs import Run


class DatabricksError(LakehouseError):
    """The workspace or a job of it failed; `permanent` says whether trying again could help."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "", permanent: bool = True) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.permanent = permanent


# The workspace's words for a run's end that pass: a node was lost, a cloud has none, a service is at its limit.
PASSING = frozenset(
    {
        "CLOUD_FAILURE",
        "CLUSTER_ERROR",
        "CLUSTER_REQUEST_LIMIT_EXCEEDED",
        "DRIVER_ERROR",
        "INTERNAL_ERROR",
        "MAX_CONCURRENT_RUNS_EXCEEDED",
        "MAX_JOB_QUEUE_SIZE_EXCEEDED",
        "WORKSPACE_RUN_LIMIT_EXCEEDED",
    }
)
REMEDIES = {
    "LIBRARY_INSTALLATION_ERROR": "put the wheel of this code at the path of the setting `wheel` (make wheel), and see "
    "that the cluster reaches a package registry",
    "UNAUTHORIZED_ERROR": "give whom the job runs as the right to create clusters, and to read the volume",
    "INVALID_CLUSTER_REQUEST": "look at the cluster's settings: docs/databricks.md",
    "USER_CANCELED": "somebody cancelled the job in the workspace; materialise it again if it is still wanted",
    "CANCELED": "somebody cancelled the job in the workspace; materialise it again if it is still wanted",
}


def failure_of(run: Run) -> DatabricksError:
    """Why a run did not succeed, of one whose task said nothing of it."""
    details = run.status.termination_details if run.status else None
    code = details.code.value if details and details.code else ""
    state = run.state
    result = state.result_state.value if state and state.result_state else ""
    said = (details.message if details else "") or (state.state_message if state else "") or "no reason was given"
    code = code or result or (state.life_cycle_state.value if state and state.life_cycle_state else "")
    by_cloud = bool(details and details.type and details.type.value in {"CLOUD_FAILURE", "INTERNAL_ERROR"})
    return DatabricksError(
        f"the job ended with {code}: {said}",
        where=run.run_page_url or f"run {run.run_id}",
        remedy=REMEDIES.get(code, "look at the job's output in the workspace"),
        permanent=not (by_cloud or code in PASSING),
    )


def failure_from(error: Exception, host: str) -> DatabricksError:
    """Why the workspace did not do what was asked; the text never holds a credential."""
    from databricks.sdk import errors as sdk

    first = first_line(error)
    if isinstance(error, TimeoutError) and error.__cause__ is not None:
        first = f"the workspace does not answer: {first_line(error.__cause__)}"
    if isinstance(error, sdk.Unauthenticated | sdk.PermissionDenied):
        return DatabricksError(
            f"the workspace does not let us in: {first}",
            where=host,
            remedy="check DATABRICKS_TOKEN, DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or the profile; and the "
            "rights of whom they belong to",
        )
    passing = (
        sdk.TooManyRequests
        | sdk.InternalError
        | sdk.TemporarilyUnavailable
        | sdk.DeadlineExceeded
        | sdk.OperationTimeout
        | sdk.Aborted
        | TimeoutError
        | ConnectionError
    )
    from requests.exceptions import ConnectionError as NoConnection
    from requests.exceptions import Timeout

    return DatabricksError(
        first,
        where=host,
        remedy="look at the settings of the job: docs/databricks.md",
        permanent=not isinstance(error, passing | NoConnection | Timeout),
    )


def first_line(error: BaseException) -> str:
    """What an error of the SDK says, without what it adds of its configuration."""
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return first.split(". Config: ")[0]
