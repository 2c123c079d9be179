# An Azure Databricks workspace in our own network: clusters without public addresses, the UI by a private endpoint alone,
# and how Unity Catalog reaches the lake: an identity, and no key.

resource "azurerm_databricks_workspace" "this" {
  #checkov:skip=CKV2_AZURE_48:The root storage holds no table; notebooks, secrets and disks are under our key, see below.
  name                                                = var.prefix
  resource_group_name                                 = var.resource_group
  location                                            = var.location
  sku                                                 = "premium"
  managed_resource_group_name                         = "${var.prefix}-databricks"
  public_network_access_enabled                       = false
  network_security_group_rules_required               = "NoAzureDatabricksRules"
  infrastructure_encryption_enabled                   = true
  customer_managed_key_enabled                        = true
  managed_services_cmk_key_vault_key_id               = var.key.id
  managed_disk_cmk_key_vault_key_id                   = var.key.id
  managed_disk_cmk_rotation_to_latest_version_enabled = true
  default_storage_firewall_enabled                    = true
  access_connector_id                                 = azurerm_databricks_access_connector.this.id
  tags                                                = var.tags

  custom_parameters {
    no_public_ip                                         = true
    virtual_network_id                                   = var.network_id
    public_subnet_name                                   = "cluster-hosts"
    private_subnet_name                                  = "cluster-containers"
    public_subnet_network_security_group_association_id  = var.group_association_ids["cluster-hosts"]
    private_subnet_network_security_group_association_id = var.group_association_ids["cluster-containers"]
    storage_account_sku_name                             = "Standard_ZRS"
  }

  enhanced_security_compliance {
    automatic_cluster_update_enabled     = true
    enhanced_security_monitoring_enabled = true
  }
}

# Disks of clusters are encrypted by an identity that the workspace makes for itself: without the key none starts.
resource "azurerm_role_assignment" "disks" {
  scope                = var.key.scope
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_databricks_workspace.this.managed_disk_identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_private_endpoint" "this" {
  for_each = { ui = "databricks_ui_api", sign-in = "browser_authentication" }

  name                = "${var.prefix}-databricks-${each.key}"
  resource_group_name = var.resource_group
  location            = var.location
  subnet_id           = var.endpoint_subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = each.key
    private_connection_resource_id = azurerm_databricks_workspace.this.id
    subresource_names              = [each.value]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = each.key
    private_dns_zone_ids = [var.zone_id]
  }
}

resource "azurerm_databricks_access_connector" "this" {
  name                = "${var.prefix}-unity"
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags

  identity {
    type = "SystemAssigned"
  }
}

# Unity Catalog reaches the containers that hold tables, and reads deliveries.
resource "azurerm_role_assignment" "unity" {
  for_each = var.container_ids

  scope                = each.value
  role_definition_name = each.key == "landing" ? "Storage Blob Data Reader" : "Storage Blob Data Contributor"
  principal_id         = azurerm_databricks_access_connector.this.identity[0].principal_id
  principal_type       = "ServicePrincipal"
}

resource "databricks_metastore_assignment" "this" {
  provider = databricks.account

  workspace_id = azurerm_databricks_workspace.this.workspace_id
  metastore_id = var.metastore_id
}

resource "databricks_storage_credential" "lake" {
  name           = "${var.prefix}-unity"
  comment        = "The lake in ADLS, by an identity of this subscription."
  isolation_mode = "ISOLATION_MODE_ISOLATED"

  azure_managed_identity {
    access_connector_id = azurerm_databricks_access_connector.this.id
  }

  depends_on = [azurerm_role_assignment.unity, databricks_metastore_assignment.this]
}
