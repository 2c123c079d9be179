"""What is submitted: compute that ends with its run, spot with fallback, tags for the bill."""

from __future__ import annotations

from typing import Any

import pytest

from resources.databricks.job import Job, clean
from resources.databricks.settings import DatabricksSettings

VOLUME = "/Volumes/main/ops/lakehouse"


def job(cloud: Any = "aws", of: dict[str, str] | None = None, **said: Any) -> Job:
    return Job("gold/x [1]", DatabricksSettings(volume=VOLUME, **said), cloud, of or {}, "t")


def cluster(of: Job) -> dict[str, Any]:
    return of.task.as_dict()["new_cluster"]


def test_a_cluster_is_the_jobs_own_so_that_nothing_stays_when_it_ends() -> None:
    task = job().task.as_dict()
    assert "existing_cluster_id" not in task
    assert "autotermination_minutes" not in task["new_cluster"], (
        "a job cluster ends with its run and takes no such time"
    )
    assert task["new_cluster"]["autoscale"] == {"min_workers": 1, "max_workers": 4}
    assert job().submission["timeout_seconds"] == 240 * 60


@pytest.mark.parametrize(
    ("cloud", "attributes", "said"),
    [
        ("aws", "aws_attributes", {"availability": "SPOT_WITH_FALLBACK", "first_on_demand": 1}),
        ("azure", "azure_attributes", {"availability": "SPOT_WITH_FALLBACK_AZURE", "first_on_demand": 1}),
        ("gcp", "gcp_attributes", {"availability": "PREEMPTIBLE_WITH_FALLBACK_GCP"}),
    ],
)
def test_nodes_are_spot_with_fallback_and_the_driver_is_not(cloud: str, attributes: str, said: dict[str, Any]) -> None:
    assert cluster(job(cloud))[attributes] == said
    assert "SPOT" not in str(cluster(job(cloud, spot=False))[attributes])


def test_a_pool_says_which_nodes_and_whether_spot() -> None:
    made = cluster(job(instance_pool_id="pool-1", instance_profile="arn:aws:iam::1:instance-profile/lake"))
    assert "node_type_id" not in made
    assert made["aws_attributes"] == {"instance_profile_arn": "arn:aws:iam::1:instance-profile/lake"}


def test_tags_say_whose_the_cost_is_in_letters_that_every_cloud_takes() -> None:
    made = cluster(job(of={"lakehouse_owner": "team:sales, <ann>"}, tags={"cost_center": "42"}))
    assert made["custom_tags"] == {"cost_center": "42", "lakehouse_owner": "team:sales_ _ann_"}
    assert len(clean("x" * 999)) == 255


def test_serverless_takes_the_wheel_by_its_environment_and_has_no_cluster() -> None:
    made = job(compute="serverless", budget_policy_id="b", requirements=("geopy==2.4",))
    assert "new_cluster" not in made.task.as_dict()
    (environment,) = made.submission["environments"]
    assert environment.spec.dependencies == [f"{VOLUME}/lakehouse_assets-0.1.0-py3-none-any.whl", "geopy==2.4"]
    assert made.submission["budget_policy_id"] == "b"
