"""What weakens a promise on Azure, which the assertions of the modules' tests find."""

from __future__ import annotations

from infra.tests.faults import Fault

ACCOUNT = "modules/azure-lake"

WEAKENED = {
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
    "a lake at Azure that its own code may not write": Fault(
        "stacks/azure",
        "{ LAKEHOUSE_ENVIRONMENT = var.environment }",
        "{}",
        "Production's lake would be claimed by a release, and then written by no task and no job.",
    ),
    "a job that nobody is at Azure": Fault(
        "stacks/azure",
        "jsonencode(var.job_environment)",
        "jsonencode({})",
        "A job that Dagster submits would not reach the lake, or ask for machines that its policy refuses.",
        "platform.tf",
    ),
    "a workflow of whoever asks to merge": Fault(
        "modules/azure-roles",
        "subject                   = each.value",
        'subject                   = "repo:acme/lakehouse:pull_request"',
        "Runs of other workflows could be an operator.",
    ),
}
