"""Mistakes in writing, which Terraform itself finds by the names and types of the providers."""

from __future__ import annotations

from infra.tests.faults import Fault

BUCKET = "modules/aws-bucket"
LAKE = "modules/aws-lake"
ROLES = "modules/aws-roles"
ACCOUNT = "modules/azure-lake"

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
