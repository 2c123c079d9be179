"""Each stack is planned from its one file of variables, and the plan says what the platform promises of all of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from infra import arm
from infra.core import PRETENDED, TREE
from infra.scans import checkov
from infra.tests.test_faults import MISTAKES, SCANNED, WEAKENED

if TYPE_CHECKING:
    from pathlib import Path


def made(plan: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """What a plan makes of a type, by address."""
    return {
        change["address"]: change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == kind and change["mode"] == "managed"
    }


def test_a_plan_makes_and_destroys_nothing(plans: dict[str, dict[str, Any]]) -> None:
    for plan in plans.values():
        acts = {tuple(change["change"]["actions"]) for change in plan["resource_changes"]}
        assert acts <= {("create",), ("read",)}


def test_the_readme_counts_as_the_plans_do(plans: dict[str, dict[str, Any]]) -> None:
    readme = (TREE / "README.md").read_text()
    made = {n: sum(c["mode"] == "managed" for c in plan["resource_changes"]) for n, plan in plans.items()}
    assert f"makes {made['aws']} resources on AWS and {made['azure']} on Azure" in readme
    assert f"| {len(MISTAKES) + len(WEAKENED) + len(SCANNED)} faults, each planted" in readme


def test_no_plan_holds_the_password_of_the_records(plans: dict[str, dict[str, Any]]) -> None:
    for plan in plans.values():
        assert PRETENDED["TF_VAR_records_password"] not in json.dumps(plan)


def test_every_bucket_is_closed_versioned_encrypted_tidied_and_denies_plain_http(plans) -> None:
    aws = plans["aws"]
    buckets = made(aws, "aws_s3_bucket")
    assert len(buckets) == 11
    for kind in (
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
    ):
        assert {a.rpartition(".")[0].replace(f".{kind}", ".aws_s3_bucket") for a in made(aws, kind)} == {
            address.rpartition(".")[0] for address in buckets
        }, kind
    # Of the two buckets that hold S3's own lines no list is made.
    listed = {a.replace(".aws_s3_bucket_inventory.", ".aws_s3_bucket.") for a in made(aws, "aws_s3_bucket_inventory")}
    assert set(buckets) - listed == {"module.lake.aws_s3_bucket.logs", "module.copies[0].aws_s3_bucket.logs"}
    assert len(listed) == 9


def test_whatever_can_say_whom_it_is_charged_to_says_it(plans: dict[str, dict[str, Any]]) -> None:
    """AWS's provider adds the stack's tags to whatever has none of its own; Azure's adds none."""
    said = {c["address"]: c["change"]["after"].get("tags") for c in plans["azure"]["resource_changes"]}
    tagged = {address: tags for address, tags in said.items() if isinstance(tags, dict)}
    assert len(tagged) > 50
    assert [address for address, tags in tagged.items() if tags.get("cost_center") != "42"] == []
    provider = plans["aws"]["configuration"]["provider_config"]["aws"]["expressions"]
    assert provider["default_tags"][0]["tags"] == {"references": ["local.tags"]}


def test_every_key_is_turned_over(plans: dict[str, dict[str, Any]]) -> None:
    assert all(key["enable_key_rotation"] for key in made(plans["aws"], "aws_kms_key").values())
    assert all(key["rotation_policy"] for key in made(plans["azure"], "azurerm_key_vault_key").values())


def test_no_role_of_the_lake_has_a_wildcard(plans: dict[str, dict[str, Any]]) -> None:
    roles = {a: r for a, r in made(plans["aws"], "aws_iam_role_policy").items() if "policy" in r}
    known = [json.loads(role["policy"]) for role in roles.values() if role["policy"]]
    actions = {action for policy in known for s in policy["Statement"] for action in _list(s["Action"])}
    assert actions
    assert [action for action in actions if "*" in action] == []


def test_clusters_of_both_clouds_stop_and_stay_within_bounds(plans: dict[str, dict[str, Any]]) -> None:
    for plan in plans.values():
        policies = made(plan, "databricks_cluster_policy")
        by_hand = json.loads(policies["module.compute.databricks_cluster_policy.hand"]["definition"])
        assert by_hand["autotermination_minutes"]["maxValue"] == 20
        bounds = [json.loads(p["definition"])["autoscale.max_workers"] for p in policies.values() if "definition" in p]
        assert [bound["maxValue"] for bound in bounds] == [8, 8]


def test_the_arm_view_is_what_terraform_plans(plans: dict[str, dict[str, Any]]) -> None:
    assert arm.FILE.read_text() == arm.text(plans["azure"]), "run `make infra-docs` and review the difference"


def test_the_arm_view_says_what_the_account_and_workspace_promise() -> None:
    resources = json.loads(arm.FILE.read_text())["resources"]
    account = next(r for r in resources if r["type"] == "Microsoft.Storage/storageAccounts")["properties"]
    workspace = next(r for r in resources if r["type"] == "Microsoft.Databricks/workspaces")["properties"]
    assert (account["minimumTlsVersion"], account["allowBlobPublicAccess"]) == ("TLS1_2", False)
    assert (account["networkAcls"]["defaultAction"], account["allowSharedKeyAccess"]) == ("Deny", False)
    assert account["encryption"]["keySource"] == "Microsoft.Keyvault"
    assert workspace["publicNetworkAccess"] == "Disabled"
    assert workspace["parameters"]["enableNoPublicIp"]["value"] is True


def test_checkov_has_nothing_against_the_arm_view_but_what_is_accepted_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / arm.FILE.name).write_text(arm.FILE.read_text())
    scan = checkov(tmp_path, "arm")
    assert {finding.check for finding in scan.failed} == set(arm.ACCEPTED)
    assert scan.passed > 8


def _list(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]
