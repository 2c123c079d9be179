# Who touched which blob, key and notebook: in a workspace that is kept for a year, and told at once where it matters.

locals {
  # Microsoft.Storage gives its logs for each service, and not for the account. A vault's lie in a table of their own where
  # Azure heeds the destination that is asked for below, else among those of all.
  told = {
    denied = {
      says      = "Much was denied: somebody tries doors, or a right is missing."
      severity  = 2
      threshold = var.denied_at_least
      query     = "StorageBlobLogs | where StatusText in ('AuthorizationFailure', 'AuthorizationPermissionMismatch', 'AuthenticationFailed')"
    }
    keys-touched = {
      says      = "A key was deleted, disabled or changed by somebody."
      severity  = 0
      threshold = 0
      query     = "union isfuzzy=true AZKVAuditLogs, (AzureDiagnostics | where ResourceProvider == 'MICROSOFT.KEYVAULT') | where OperationName in ('KeyDelete', 'KeyPurge', 'KeyUpdate', 'VaultDelete', 'VaultPatch')"
    }
    unencrypted = {
      says      = "Somebody came by plain HTTP or an old TLS; it was refused."
      severity  = 2
      threshold = 0
      query     = "StorageBlobLogs | where Protocol == 'HTTP' or TlsVersion in ('TLS 1.0', 'TLS 1.1')"
    }
    rights-changed = {
      says      = "Somebody changed who may do what in the workspace."
      severity  = 1
      threshold = 0
      query     = "DatabricksAccounts | where ActionName in ('setAdmin', 'removeAdmin', 'addPrincipalToGroup', 'changeDbTokenAcl')"
    }
    lake-emptied = {
      says      = "Much was deleted at once, by others than the platform."
      severity  = 1
      threshold = var.deleted_at_least
      query     = "StorageBlobLogs | where Category == 'StorageDelete' and toint(StatusCode) between (200 .. 299) | where RequesterObjectId !in (${join(", ", [for id in var.platform_object_ids : "'${id}'"])})"
    }
  }

  # What an administrator does to the account, the vault, or this watch itself.
  administered = {
    account-changed   = { operation = "Microsoft.Storage/storageAccounts/write", says = "How the storage account is set was changed." }
    container-deleted = { operation = "Microsoft.Storage/storageAccounts/blobServices/containers/delete", says = "A container was deleted." }
    rights-assigned   = { operation = "Microsoft.Authorization/roleAssignments/write", says = "Somebody was given a right." }
    watch-ended       = { operation = "Microsoft.Insights/diagnosticSettings/delete", says = "Something is no longer logged." }
  }
}

resource "azurerm_log_analytics_workspace" "this" {
  name                         = "${var.prefix}-logs"
  resource_group_name          = var.resource_group
  location                     = var.location
  sku                          = "PerGB2018"
  retention_in_days            = var.logs_days
  daily_quota_gb               = var.daily_quota_gb
  local_authentication_enabled = false
  internet_query_access_type   = "Enabled"
  tags                         = var.tags
}

resource "azurerm_monitor_diagnostic_setting" "watched" {
  for_each = var.watched

  name                           = "lakehouse"
  target_resource_id             = each.value.id
  log_analytics_workspace_id     = azurerm_log_analytics_workspace.this.id
  log_analytics_destination_type = "Dedicated"

  dynamic "enabled_log" {
    for_each = each.value.categories

    content {
      category = enabled_log.value
    }
  }
}

resource "azurerm_monitor_action_group" "told" {
  name                = "${var.prefix}-security"
  resource_group_name = var.resource_group
  short_name          = "lakehouse"
  tags                = var.tags

  dynamic "email_receiver" {
    for_each = toset(var.told_by_mail)

    content {
      name                    = email_receiver.value
      email_address           = email_receiver.value
      use_common_alert_schema = true
    }
  }
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "told" {
  for_each = local.told

  name                    = "${var.prefix}-${each.key}"
  resource_group_name     = var.resource_group
  location                = var.location
  description             = each.value.says
  scopes                  = [azurerm_log_analytics_workspace.this.id]
  severity                = each.value.severity
  evaluation_frequency    = "PT5M"
  window_duration         = "PT5M"
  skip_query_validation   = true # the tables are there only once something was logged
  auto_mitigation_enabled = true
  tags                    = var.tags

  criteria {
    query                   = each.value.query
    operator                = "GreaterThan"
    threshold               = each.value.threshold
    time_aggregation_method = "Count"
  }

  action {
    action_groups = [azurerm_monitor_action_group.told.id]
  }
}

resource "azurerm_monitor_activity_log_alert" "administered" {
  for_each = local.administered

  name                = "${var.prefix}-${each.key}"
  resource_group_name = var.resource_group
  location            = "global"
  description         = each.value.says
  scopes              = [var.resource_group_id]
  tags                = var.tags

  criteria {
    category       = "Administrative"
    operation_name = each.value.operation
  }

  action {
    action_group_id = azurerm_monitor_action_group.told.id
  }
}
