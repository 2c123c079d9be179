mock_provider "azurerm" {
  mock_resource "azurerm_log_analytics_workspace" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.OperationalInsights/workspaces/x" }
  }
  mock_resource "azurerm_monitor_action_group" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Insights/actionGroups/x" }
  }
}

variables {
  prefix              = "acme-prod"
  resource_group      = "acme-prod"
  resource_group_id   = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/acme-prod"
  location            = "westeurope"
  watched             = { blobs = { id = "/x/blobServices/default", categories = ["StorageRead", "StorageWrite", "StorageDelete"] } }
  platform_object_ids = ["00000000-0000-0000-0000-000000000002"]
  told_by_mail        = ["oncall@acme.example"]
}

run "every_touch_of_a_blob_is_kept" {
  assert {
    condition     = toset([for log in azurerm_monitor_diagnostic_setting.watched["blobs"].enabled_log : log.category]) == toset(["StorageRead", "StorageWrite", "StorageDelete"])
    error_message = "Some requests are not logged."
  }

  assert {
    condition     = azurerm_log_analytics_workspace.this.retention_in_days == 365 && !azurerm_log_analytics_workspace.this.local_authentication_enabled
    error_message = "Logs are not kept for a year, or whoever has a key can write some."
  }
}

run "what_is_dangerous_is_told" {
  assert {
    condition     = alltrue([for what in ["denied", "keys-touched", "unencrypted", "rights-changed", "lake-emptied"] : contains(azurerm_monitor_scheduled_query_rules_alert_v2.told[what].action[0].action_groups, azurerm_monitor_action_group.told.id)])
    error_message = "Something dangerous is told to nobody."
  }

  assert {
    condition     = strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.told["lake-emptied"].criteria[0].query, "'00000000-0000-0000-0000-000000000002'")
    error_message = "The platform's own vacuum would be an alarm."
  }

  assert {
    condition     = alltrue([for said in ["Category == 'StorageDelete'", "toint(StatusCode) between"] : strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.told["lake-emptied"].criteria[0].query, said)])
    error_message = "Deletions by the lake's own endpoint have other names than a blob's, and a status is text: neither would be heard."
  }

  assert {
    condition     = alltrue([for table in ["AZKVAuditLogs", "AzureDiagnostics"] : strcontains(azurerm_monitor_scheduled_query_rules_alert_v2.told["keys-touched"].criteria[0].query, table)])
    error_message = "What a vault logs lies in a table of its own, and what befalls a key would be told to nobody."
  }

  assert {
    condition     = toset([for alert in azurerm_monitor_activity_log_alert.administered : one(alert.criteria).operation_name]) == toset(["Microsoft.Storage/storageAccounts/write", "Microsoft.Storage/storageAccounts/blobServices/containers/delete", "Microsoft.Authorization/roleAssignments/write", "Microsoft.Insights/diagnosticSettings/delete"])
    error_message = "What an administrator does is not told."
  }
}

run "logs_of_a_month_are_refused" {
  command = plan

  variables {
    logs_days = 30
  }

  expect_failures = [var.logs_days]
}
