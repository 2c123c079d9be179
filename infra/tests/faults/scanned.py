"""What checkov alone knows, with the check that must name it."""

from __future__ import annotations

from infra.tests.faults import Fault

ACCOUNT = "modules/azure-lake"

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
