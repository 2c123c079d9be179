"""What weakens a promise on AWS, which the assertions of the modules' tests find."""

from __future__ import annotations

from infra.tests.faults import Fault

BUCKET = "modules/aws-bucket"
LAKE = "modules/aws-lake"
ROLES = "modules/aws-roles"

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
    "a list without versions": Fault(
        BUCKET,
        'included_object_versions = "All"',
        'included_object_versions = "Current"',
        "No weekly list of all objects and versions is kept, under the audit's key, in its bucket.",
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
        "Postgres is open, unencrypted, or deletable.",
        "records.tf",
    ),
    "a lake that its own tasks may not write": Fault(
        "stacks/aws",
        "{ LAKEHOUSE_ENVIRONMENT = var.environment }",
        "{}",
        "Production's lake would be claimed by a release, and then written by no task and no job.",
    ),
    "a job that knows no region": Fault(
        "stacks/aws",
        "jsonencode({ AWS_REGION = var.region })",
        "jsonencode({})",
        "A job that Dagster submits would not reach the lake, or ask for machines that its policy refuses.",
        "platform.tf",
    ),
    "anybody's workflow": Fault(
        "modules/aws-roles",
        '"${local.issuer}:aud" = "sts.amazonaws.com", "${local.issuer}:sub" = subject',
        '"${local.issuer}:aud" = "sts.amazonaws.com"',
        "Runs of other workflows could be an operator.",
    ),
}
