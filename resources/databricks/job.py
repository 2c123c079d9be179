"""A job of one task: on what it runs, and what it is called on the bill."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from databricks.sdk.service.compute import ClusterSpec
    from databricks.sdk.service.jobs import SubmitTask

    from resources.databricks.settings import DatabricksSettings

PACKAGE, ENTRY_POINT = "lakehouse_assets", "lakehouse-task"
NODES = {"aws": "i3.xlarge", "azure": "Standard_L4s", "gcp": "n2-highmem-4"}  # each with local disks
Cloud = Literal["aws", "azure", "gcp"]


@dataclass(frozen=True)
class Job:
    """One run to be submitted: `name` is its own in the workspace, `tags` say whom its cost belongs to."""

    name: str
    settings: DatabricksSettings
    cloud: Cloud
    tags: Mapping[str, str] = field(default_factory=dict)
    token: str = ""  # of this one submission: the workspace starts nothing twice for it

    @property
    def task(self) -> SubmitTask:
        """The task: the wheel's entry point, on a new cluster that ends with it, or serverless."""
        from databricks.sdk.service.compute import Library, PythonPyPiLibrary
        from databricks.sdk.service.jobs import PythonWheelTask, SubmitTask

        entry = PythonWheelTask(package_name=PACKAGE, entry_point=ENTRY_POINT, parameters=[])
        if self.settings.compute == "serverless":
            return SubmitTask(task_key="table", python_wheel_task=entry, environment_key="wheel")
        more = [Library(pypi=PythonPyPiLibrary(package=name)) for name in self.settings.requirements]
        libraries = [Library(whl=self.settings.wheel_path), *more]
        return SubmitTask(task_key="table", python_wheel_task=entry, libraries=libraries, new_cluster=self._cluster())

    @property
    def submission(self) -> dict[str, Any]:
        """What is submitted beside the task."""
        from databricks.sdk.service.compute import Environment
        from databricks.sdk.service.jobs import JobEnvironment

        settings = self.settings
        said: dict[str, Any] = {"run_name": self.name, "idempotency_token": self.token}
        if settings.timeout_minutes:
            said["timeout_seconds"] = settings.timeout_minutes * 60
        if settings.compute == "serverless":
            spec = Environment(
                environment_version=settings.environment_version,
                dependencies=[settings.wheel_path, *settings.requirements],
            )
            said["environments"] = [JobEnvironment("wheel", spec)]
            if settings.budget_policy_id:
                said["budget_policy_id"] = settings.budget_policy_id
        return said

    def _cluster(self) -> ClusterSpec:
        from databricks.sdk.service.compute import AutoScale, ClusterSpec, DataSecurityMode

        settings = self.settings
        pool = settings.instance_pool_id
        return ClusterSpec(
            spark_version=settings.spark_version,
            node_type_id=None if pool else settings.node_type or NODES[self.cloud],
            autoscale=AutoScale(min_workers=settings.min_workers, max_workers=settings.max_workers),
            instance_pool_id=pool,
            policy_id=settings.policy_id,
            data_security_mode=DataSecurityMode(settings.access),
            custom_tags={clean(key): clean(value) for key, value in {**settings.tags, **self.tags}.items()},
            spark_env_vars=dict(settings.environment),
            spark_conf={"spark.sql.session.timeZone": "UTC", **settings.spark_conf},
            **({} if pool else self._nodes()),
            **self._profile(),
        )

    def _nodes(self) -> dict[str, Any]:
        from databricks.sdk.service import compute

        spot, first = self.settings.spot, self.settings.first_on_demand
        if self.cloud == "azure":
            kind = compute.AzureAvailability
            chosen = kind.SPOT_WITH_FALLBACK_AZURE if spot else kind.ON_DEMAND_AZURE
            return {"azure_attributes": compute.AzureAttributes(availability=chosen, first_on_demand=first or None)}
        if self.cloud == "gcp":
            of_gcp = compute.GcpAvailability
            has = of_gcp.PREEMPTIBLE_WITH_FALLBACK_GCP if spot else of_gcp.ON_DEMAND_GCP
            return {"gcp_attributes": compute.GcpAttributes(availability=has)}
        return {}

    def _profile(self) -> dict[str, Any]:
        from databricks.sdk.service import compute

        if self.cloud != "aws":
            return {}
        settings = self.settings
        said: dict[str, Any] = {"instance_profile_arn": settings.instance_profile} if settings.instance_profile else {}
        if not settings.instance_pool_id:
            kind = compute.AwsAvailability
            said["availability"] = kind.SPOT_WITH_FALLBACK if settings.spot else kind.ON_DEMAND
            said["first_on_demand"] = settings.first_on_demand
        return {"aws_attributes": compute.AwsAttributes(**said)} if said else {}


def clean(value: str) -> str:
    """A tag as every cloud takes it: letters, digits and a few signs, at most 255."""
    return re.sub(r"[^\w .:/=+@-]", "_", value)[:255]
