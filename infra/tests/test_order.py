"""What must be there before something else is asked for comes first: a cloud refuses it otherwise, unlike a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.core import copied

if TYPE_CHECKING:
    from infra.core import Terraform

BUCKET = "module.lake.module.bucket"
# A workspace takes the account's groups once it has a metastore, and gives rights to those that it took.
IN_DATABRICKS = [
    ("module.compute.databricks_permission_assignment.group", "module.workspace.databricks_metastore_assignment.this"),
    *(
        (f"module.compute.databricks_permissions.{of}", "module.compute.databricks_permission_assignment.group")
        for of in ("gold", "policy", "pool", "table")
    ),
    ("module.compute.databricks_job.table", "module.compute.databricks_permission_assignment.jobs"),
]
# By stack: what is made, and after what. Names are of the configuration, so that each stands for all its instances.
FIRST = {
    "aws": [
        # The trail, the load balancer and the workspace try at once whether their bucket's policy lets them in.
        ("module.audit.aws_cloudtrail.this", f"{BUCKET}.aws_s3_bucket_policy.this"),
        ("module.dagster.aws_lb.this", "module.lake.aws_s3_bucket_policy.logs"),
        ("module.workspace.databricks_mws_workspaces.this", "module.workspace.module.root.aws_s3_bucket_policy.this"),
        # A lock and copies are refused by a bucket that keeps no versions, on either side.
        ("module.lake.aws_s3_bucket_object_lock_configuration.audit", f"{BUCKET}.aws_s3_bucket_versioning.this"),
        ("module.copies.aws_s3_bucket_replication_configuration.here", f"{BUCKET}.aws_s3_bucket_versioning.this"),
        (
            "module.copies.aws_s3_bucket_replication_configuration.here",
            "module.copies.module.copy.aws_s3_bucket_versioning.this",
        ),
        # A bucket has to be there to be told about, or looked into.
        ("module.arrivals.aws_s3_bucket_notification.landing", f"{BUCKET}.aws_s3_bucket.this"),
        ("module.catalog.databricks_external_location.area", f"{BUCKET}.aws_s3_bucket.this"),
        *IN_DATABRICKS,
    ],
    "azure": [
        # A key is used by whom it was granted to before.
        ("module.lake.azurerm_storage_account.lake", "module.vault.azurerm_role_assignment.key"),
        ("module.workspace.azurerm_databricks_workspace.this", "module.vault.azurerm_role_assignment.databricks"),
        ("module.dagster.azurerm_postgresql_flexible_server.records", "module.vault.azurerm_role_assignment.key"),
        *IN_DATABRICKS,
    ],
}


@pytest.mark.parametrize(("stack", "later", "first"), [(s, *pair) for s, pairs in FIRST.items() for pair in pairs])
def test_it_waits_for_what_it_needs(orders: dict[str, dict[str, set[str]]], stack: str, later: str, first: str) -> None:
    assert {later, first} <= orders[stack].keys()
    assert first in _behind(orders[stack], later)


@pytest.fixture(scope="module")
def orders(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, set[str]]]:
    """By stack, what waits directly for what."""
    return {stack: terraform.order(copied(tmp_path_factory.mktemp(stack)) / "stacks" / stack) for stack in FIRST}


def _behind(edges: dict[str, set[str]], later: str) -> set[str]:
    seen: set[str] = set()
    left = [later]
    while left:
        found = edges.get(left.pop(), set()) - seen
        seen |= found
        left.extend(found)
    return seen
