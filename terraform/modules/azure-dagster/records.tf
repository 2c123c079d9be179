# Postgres: runs, events, schedules. Its password is written and never read back: it is in no state and no plan.

resource "azurerm_postgresql_flexible_server" "records" {
  #checkov:skip=CKV2_AZURE_57:It lies in a subnet of its own, which is private as an endpoint is and excludes one.
  #checkov:skip=CKV_AZURE_136:Records can be lost with a region: what tables hold is in their own logs. A copy elsewhere doubles the price.
  name                              = "${var.prefix}-records"
  resource_group_name               = var.resource_group
  location                          = var.location
  version                           = tostring(var.sizes.postgres_version_major)
  sku_name                          = var.sizes.postgres_class_azure
  storage_mb                        = var.sizes.postgres_storage_gib * 1024
  auto_grow_enabled                 = true
  backup_retention_days             = var.sizes.postgres_backup_days
  geo_redundant_backup_enabled      = false
  delegated_subnet_id               = var.subnet_ids["records"]
  private_dns_zone_id               = var.zone_ids["records"]
  public_network_access_enabled     = false
  administrator_login               = "dagster"
  administrator_password_wo         = var.records_password
  administrator_password_wo_version = var.records_password_version
  tags                              = var.tags

  authentication {
    password_auth_enabled         = true
    active_directory_auth_enabled = false
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [var.identity_ids["records"]]
  }

  customer_managed_key {
    key_vault_key_id                  = var.key_ids["records"]
    primary_user_assigned_identity_id = var.identity_ids["records"]
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [zone]
  }
}

resource "azurerm_postgresql_flexible_server_configuration" "records" {
  for_each = {
    require_secure_transport     = "on"
    ssl_min_protocol_version     = "TLSv1.2"
    log_connections              = "on"
    log_disconnections           = "on"
    log_min_duration_statement   = "5000"
    "connection_throttle.enable" = "on"
  }

  name      = each.key
  server_id = azurerm_postgresql_flexible_server.records.id
  value     = each.value
}

resource "azurerm_postgresql_flexible_server_database" "dagster" {
  name      = "dagster"
  server_id = azurerm_postgresql_flexible_server.records.id
  charset   = "UTF8"
  collation = "en_US.utf8"
}

resource "azurerm_key_vault_secret" "records" {
  #checkov:skip=CKV_AZURE_41:A password that expires by itself would stop every run; it is renewed by records_password_version.
  name             = "records"
  key_vault_id     = var.vault_id
  content_type     = "the password of Postgres' user dagster"
  value_wo         = var.records_password
  value_wo_version = var.records_password_version
  tags             = var.tags
}

# The platform's identity reads the secrets that it is started with, each by itself, and pulls the image.
resource "azurerm_role_assignment" "reads" {
  for_each = merge({ records = azurerm_key_vault_secret.records.resource_versionless_id }, var.secret_resource_ids)

  scope                = each.value
  role_definition_name = "Key Vault Secrets User"
  principal_id         = var.writer.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_role_assignment" "pulls" {
  scope                = azurerm_container_registry.this.id
  role_definition_name = "AcrPull"
  principal_id         = var.writer.principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_container_registry" "this" {
  #checkov:skip=CKV_AZURE_165:Images are made anew from a version at any time; a copy in another region adds cost.
  #checkov:skip=CKV_AZURE_164:Trust by signatures of this kind is retired by Azure; an image is named by its version.
  #checkov:skip=CKV_AZURE_163:Scanning belongs to Defender, a plan of the whole subscription.
  name                          = "${var.short}cr"
  resource_group_name           = var.resource_group
  location                      = var.location
  sku                           = "Premium"
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = false
  data_endpoint_enabled         = true
  zone_redundancy_enabled       = true
  quarantine_policy_enabled     = true
  export_policy_enabled         = false
  retention_policy_in_days      = 30
  network_rule_bypass_option    = "AzureServices"
  tags                          = var.tags
}
