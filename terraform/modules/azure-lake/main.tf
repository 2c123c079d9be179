# The landing zone and the lake: one account with a hierarchical namespace, a container for each area.

locals {
  containers = toset([for area, retention in var.areas : area if retention.tables || area == "landing"])
  url        = "abfss://{layer}@${var.account}.dfs.core.windows.net"

  # An account has one answer to how long what was deleted can be brought back, so the shortest that is promised counts.
  promised = concat(
    [for area in local.containers : var.areas[area].superseded_days],
    [for class in values(var.tables) : var.classes[class]]
  )
  forgets_after_days = min(local.promised...)

  tiered = { for area in local.containers : area => var.areas[area] if var.areas[area].cool_after_days != null }
}

resource "azurerm_storage_account" "lake" {
  #checkov:skip=CKV_AZURE_206:Three zones are the default; a copy in another region is a choice with a price, replication = "GZRS".
  #checkov:skip=CKV_AZURE_59:Event Grid delivers by the trusted services' exception; everybody else is denied by network_rules.
  #checkov:skip=CKV_AZURE_33:Reads, writes and deletions of queues are logged by the diagnostic settings of azure-audit.
  #checkov:skip=CKV2_AZURE_21:Reads of blobs are logged by the diagnostic settings of azure-audit.
  name                              = var.account
  resource_group_name               = var.resource_group
  location                          = var.location
  account_kind                      = "StorageV2"
  account_tier                      = "Standard"
  account_replication_type          = var.replication
  access_tier                       = "Hot"
  is_hns_enabled                    = true
  min_tls_version                   = "TLS1_2"
  https_traffic_only_enabled        = true
  allow_nested_items_to_be_public   = false
  shared_access_key_enabled         = false
  default_to_oauth_authentication   = true
  cross_tenant_replication_enabled  = false
  allowed_copy_scope                = "AAD"
  local_user_enabled                = false
  sftp_enabled                      = false
  infrastructure_encryption_enabled = true
  queue_encryption_key_type         = "Account"
  table_encryption_key_type         = "Account"
  tags                              = var.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_id]
  }

  customer_managed_key {
    key_vault_key_id          = var.key_id
    user_assigned_identity_id = var.identity_id
  }

  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
  }

  sas_policy {
    expiration_period = "00.01:00:00"
    expiration_action = "Block"
  }

  blob_properties {
    delete_retention_policy {
      days = local.forgets_after_days
    }

    container_delete_retention_policy {
      days = 90
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "area" {
  #checkov:skip=CKV2_AZURE_21:Reads of blobs are logged by the diagnostic settings of azure-audit.
  for_each = setunion(local.containers, ["undelivered"])

  name                  = each.key
  storage_account_id    = azurerm_storage_account.lake.id
  container_access_type = "private"

  lifecycle {
    prevent_destroy = true
  }
}

# Live files of a table move between tiers that are read at once; none is archived, and none deleted by age. Blocks of an
# upload that was broken off Azure drops by itself after a week.
resource "azurerm_storage_management_policy" "lake" {
  storage_account_id = azurerm_storage_account.lake.id

  dynamic "rule" {
    for_each = local.tiered

    content {
      name    = "tiers-${rule.key}"
      enabled = true

      filters {
        blob_types   = ["blockBlob"]
        prefix_match = ["${rule.key}/"]
      }

      actions {
        base_blob {
          tier_to_cool_after_days_since_modification_greater_than = rule.value.cool_after_days
          tier_to_cold_after_days_since_modification_greater_than = rule.value.cold_after_days
        }
      }
    }
  }

  rule {
    name    = "what-runs-print"
    enabled = true

    filters {
      blob_types   = ["blockBlob", "appendBlob"]
      prefix_match = ["ops/dagster/compute-logs/"]
    }

    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = var.compute_log_days
      }
    }
  }
}

resource "azurerm_private_endpoint" "lake" {
  for_each = toset(["blob", "dfs", "queue"])

  name                = "${var.prefix}-${each.key}"
  resource_group_name = var.resource_group
  location            = var.location
  subnet_id           = var.endpoint_subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = azurerm_storage_account.lake.id
    subresource_names              = [each.key]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = each.key
    private_dns_zone_ids = [var.zone_ids[each.key]]
  }
}
