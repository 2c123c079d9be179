"""A check that cannot fail proves nothing: each fault is put into the tree by itself, and must be named exactly.

Terraform itself finds names, types and references; the assertions of the modules' tests find what weakens a promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.core import Terraform
from infra.scans import checkov


@dataclass(frozen=True)
class Fault:
    """Where `before` becomes `after`, and what must be said of it."""

    part: str
    before: str
    after: str
    said: str
    file: str = "main.tf"

    def put(self, tree: Path) -> Path:
        """Put it into the tree; the place must be there, once at least."""
        file = tree / self.part / self.file
        text = file.read_text()
        assert self.before in text, f"{file} no longer holds {self.before!r}"
        file.write_text(text.replace(self.before, self.after, 1))
        return tree / self.part


BUCKET, LAKE, ROLES = "modules/aws-bucket", "modules/aws-lake", "modules/aws-roles"
ACCOUNT, COMPUTE, CATALOG = "modules/azure-lake", "modules/databricks-compute", "modules/databricks-catalog"

MISTAKES = {
    "a name that is none": Fault(
        ACCOUNT,
        "is_hns_enabled ",
        "is_hns_enabledd ",
        'An argument named "is_hns_enabledd" is not expected here. Did you mean "is_hns_enabled"?',
    ),
    "a name of an older provider": Fault(
        ACCOUNT,
        "https_traffic_only_enabled ",
        "enable_https_traffic_only ",
        'An argument named "enable_https_traffic_only" is not expected here.',
    ),
    "what is required is missing": Fault(
        ACCOUNT,
        '  account_tier                      = "Standard"\n',
        "",
        'The argument "account_tier" is required, but no definition was found.',
    ),
    "a wrong name in a block": Fault(
        "modules/azure-audit",
        "email_address ",
        "email_adress ",
        'An argument named "email_adress" is not expected here. Did you mean "email_address"?',
    ),
    "a word for a number": Fault(
        "modules/aws-audit",
        "retention_in_days = 365",
        'retention_in_days = "a year"',
        'Inappropriate value for attribute "retention_in_days": a number is required.',
        "witness.tf",
    ),
    "a type of resource that is none": Fault(
        BUCKET,
        '"aws_s3_bucket_versioning"',
        '"aws_s3_bucket_versionings"',
        'does not support resource type "aws_s3_bucket_versionings". Did you mean "aws_s3_bucket_versioning"?',
    ),
    "an attribute that is none": Fault(
        "modules/aws-arrivals",
        "queue_arn = aws_sqs_queue.arrivals.arn",
        "queue_arn = aws_sqs_queue.arrivals.arnn",
        'This object has no argument, nested block, or exported attribute named "arnn". Did you mean "arn"?',
    ),
    "what only the cloud decides": Fault(
        BUCKET,
        "  bucket = var.name\n",
        '  bucket = var.name\n  arn = "x"\n',
        'Can\'t configure a value for "arn": only the cloud decides it.',
    ),
    "a block twice": Fault(
        BUCKET,
        "  versioning_configuration {",
        '  versioning_configuration {\n    status = "Enabled"\n  }\n\n  versioning_configuration {',
        'No more than 1 "versioning_configuration" blocks are allowed',
    ),
    "a module without what it asks": Fault(
        LAKE,
        "  kms_key_arn       = aws_kms_key.area[each.key].arn\n",
        "",
        'The argument "kms_key_arn" is required, but no definition was found.',
    ),
    "a variable that is none": Fault(
        ROLES,
        "var.session_seconds",
        "var.session_minutes",
        'An input variable with the name "session_minutes" has not been declared.',
    ),
}

WEAKENED = {
    "no public access": Fault(
        BUCKET, "restrict_public_buckets = true", "restrict_public_buckets = false", "The bucket can be made public."
    ),
    "KMS": Fault(
        BUCKET,
        'sse_algorithm     = "aws:kms"',
        'sse_algorithm     = "AES256"',
        "The bucket is not encrypted by its own key.",
    ),
    "versions": Fault(
        BUCKET, 'status = "Enabled"', 'status = "Suspended"', "What is overwritten cannot be brought back."
    ),
    "TLS": Fault(
        BUCKET,
        '"aws:SecureTransport" = "false"',
        '"aws:SecureTransport" = "true"',
        "Plain HTTP is not denied for the bucket and its objects.",
        "policy.tf",
    ),
    "old TLS": Fault(
        BUCKET, '"s3:TlsVersion" = "1.2"', '"s3:TlsVersion" = "1.0"', "A TLS older than 1.2 is not denied.", "policy.tf"
    ),
    "incomplete uploads": Fault(
        BUCKET,
        "days_after_initiation = 1",
        "days_after_initiation = 100",
        "Uploads that were broken off stay.",
        "lifecycle.tf",
    ),
    "lifecycle": Fault(
        BUCKET,
        "noncurrent_days = var.retention.superseded_days",
        "noncurrent_days = 300",
        "Superseded files do not go after 30 days.",
        "lifecycle.tf",
    ),
    "live files": Fault(
        BUCKET,
        "expired_object_delete_marker = true",
        "days = 365",
        "Live files of a table would be deleted by age.",
        "lifecycle.tf",
    ),
    "rotation": Fault(
        LAKE,
        "enable_key_rotation     = true",
        "enable_key_rotation     = false",
        "A key is not rotated, or is gone in less than 30 days.",
        "keys.tf",
    ),
    "a wildcard": Fault(ROLES, '["s3:GetObject"]', '["s3:Get*"]', "A role has a wildcard for an action."),
    "deletion for good": Fault(
        ROLES,
        '"s3:GetObjectVersion", "s3:PutObject"]',
        '"s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObjectVersion"]',
        "A role can delete for good, or change who may do what.",
    ),
    "anybody's queue": Fault(
        "modules/aws-arrivals",
        '"arn:aws:s3:::${var.landing_bucket}"',
        '"arn:aws:s3:::*"',
        "Somebody else than the landing bucket may send.",
    ),
    "a trail that can be altered": Fault(
        "modules/aws-audit",
        "enable_log_file_validation    = true",
        "enable_log_file_validation    = false",
        "The trail can be altered unseen, hears one region only, or is not encrypted.",
    ),
    "the way in": Fault(
        "modules/aws-dagster",
        'on_unauthenticated_request = "authenticate"',
        'on_unauthenticated_request = "allow"',
        "The UI is reached before the identity provider was asked.",
        "proxy.tf",
    ),
    "Postgres in the open": Fault(
        "modules/aws-dagster",
        "publicly_accessible                   = false",
        "publicly_accessible                   = true",
        "Postgres is open, unencrypted, deletable, or its password is Terraform's.",
        "records.tf",
    ),
    "a public blob": Fault(
        ACCOUNT,
        "allow_nested_items_to_be_public   = false",
        "allow_nested_items_to_be_public   = true",
        "A blob can be made public.",
    ),
    "an account's key": Fault(
        ACCOUNT,
        "shared_access_key_enabled         = false",
        "shared_access_key_enabled         = true",
        "The account is reached from anywhere, or by a key.",
    ),
    "an old TLS at Azure": Fault(ACCOUNT, '"TLS1_2"', '"TLS1_0"', "Plain HTTP or an old TLS is taken."),
    "archived tables": Fault(
        ACCOUNT,
        "tier_to_cold_after_days_since_modification_greater_than = rule.value.cold_after_days",
        "tier_to_archive_after_days_since_modification_greater_than = 400",
        "Live files of a table would be deleted, or could not be read at once.",
    ),
    "a vault that can be purged": Fault(
        "modules/azure-vault",
        "purge_protection_enabled      = true",
        "purge_protection_enabled      = false",
        "A key could be gone for good, and the lake with it.",
    ),
    "a public workspace": Fault(
        "modules/azure-databricks",
        "no_public_ip                                         = true",
        "no_public_ip                                         = false",
        "The workspace or its clusters have public addresses.",
    ),
    "a cluster for ever": Fault(
        COMPUTE,
        "maxValue = var.sizes.cluster_stops_after_minutes",
        "maxValue = 10000",
        "A cluster could stay on for ever.",
    ),
    "a driver on spot": Fault(
        COMPUTE, "drivers = false", "drivers = true", "Drivers would be spot nodes, or workers would not."
    ),
    "an idle pool": Fault(
        COMPUTE,
        "min_idle_instances                    = 0",
        "min_idle_instances                    = 2",
        "A pool costs while nothing runs.",
    ),
    "a reader of more": Fault(
        CATALOG,
        'read    = ["USE_SCHEMA", "SELECT"]',
        'read    = ["USE_SCHEMA", "SELECT", "MODIFY"]',
        "A reader cannot ask gold, or can do more.",
    ),
}

SCANNED = {
    "TLS of the load balancer": (
        Fault(
            "modules/aws-dagster", "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08", "", "proxy.tf"
        ),
        "CKV_AWS_103",
    ),
    "images that change": (Fault("modules/aws-dagster", '"IMMUTABLE"', '"MUTABLE"', "", "image.tf"), "CKV_AWS_51"),
    "an account for anybody": (
        Fault(ACCOUNT, 'default_action = "Deny"', 'default_action = "Allow"', ""),
        "CKV_AZURE_35",
    ),
}


def test_the_tree_without_a_fault_passes(terraform: Terraform, shared_tree: Path) -> None:
    """Else each of those below could fail for a reason of its own."""
    for part in {fault.part for fault in (*MISTAKES.values(), *WEAKENED.values())}:
        terraform.ready(shared_tree / part)
        answer = terraform(shared_tree / part, "test", "-no-color")
        assert answer.code == 0, answer.said


@pytest.mark.parametrize("fault", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named(terraform: Terraform, tree: Path, fault: Fault) -> None:
    folder = fault.put(tree)
    answer = terraform(folder, "init", "-backend=false", "-input=false", "-no-color")
    if answer.code == 0:  # some are named by the first look already
        answer = terraform(folder, "validate", "-no-color")
    assert answer.code == 1
    assert fault.said in answer.sentence


@pytest.mark.parametrize("fault", WEAKENED.values(), ids=WEAKENED.keys())
def test_a_promise_that_is_weakened_is_named(terraform: Terraform, tree: Path, fault: Fault) -> None:
    folder = fault.put(tree)
    terraform.ready(folder)
    answer = terraform(folder, "test", "-no-color")
    assert answer.code == 1
    assert fault.said in answer.sentence


def test_what_checkov_alone_knows_it_names(tree: Path) -> None:
    for fault, _ in SCANNED.values():
        fault.put(tree)
    failed = {finding.check for finding in checkov(tree / "modules", "terraform").failed}
    assert {check for _, check in SCANNED.values()} <= failed
