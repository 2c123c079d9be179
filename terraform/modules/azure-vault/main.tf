# The vault with the keys of everything at rest, and the identities that may use them. Nothing in it can be purged.

resource "azurerm_key_vault" "this" {
  #checkov:skip=CKV_AZURE_189:Closed unless administered_from names addresses, for the first apply; tests/vault.tftest.hcl asserts it.
  name                          = "${var.short}kv"
  resource_group_name           = var.resource_group
  location                      = var.location
  tenant_id                     = var.tenant_id
  sku_name                      = "premium"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = 90
  public_network_access_enabled = length(var.administered_from) > 0
  tags                          = var.tags

  network_acls {
    bypass         = "AzureServices"
    default_action = "Deny"
    ip_rules       = var.administered_from
  }
}

# A key for each service, in hardware, turned over by itself: each has the right to its own alone.
resource "azurerm_key_vault_key" "this" {
  #checkov:skip=CKV_AZURE_40:A key that expires would lock the lake; its rotation policy below makes a new version instead.
  for_each = toset(["lake", "databricks", "records"])

  name         = each.key
  key_vault_id = azurerm_key_vault.this.id
  key_type     = "RSA-HSM"
  key_size     = 3072
  key_opts     = ["wrapKey", "unwrapKey"]
  tags         = var.tags

  rotation_policy {
    automatic {
      time_after_creation = "P180D"
    }
  }
}

resource "azurerm_user_assigned_identity" "this" {
  for_each = toset(["lake", "records"])

  name                = "${var.prefix}-${each.key}"
  resource_group_name = var.resource_group
  location            = var.location
  tags                = var.tags
}

resource "azurerm_role_assignment" "key" {
  for_each = azurerm_user_assigned_identity.this

  scope                = azurerm_key_vault_key.this[each.key].resource_versionless_id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = each.value.principal_id
  principal_type       = "ServicePrincipal"
}

# Azure Databricks itself uses its key: the application by which it does so is one and the same in every tenant, and has
# an object of its own in each.
resource "azurerm_role_assignment" "databricks" {
  scope                = azurerm_key_vault_key.this["databricks"].resource_versionless_id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = var.databricks_application_object_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_private_endpoint" "this" {
  name                = "${var.prefix}-vault"
  resource_group_name = var.resource_group
  location            = var.location
  subnet_id           = var.endpoint_subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = "vault"
    private_connection_resource_id = azurerm_key_vault.this.id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "vault"
    private_dns_zone_ids = [var.zone_id]
  }
}
