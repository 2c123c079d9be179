mock_provider "azurerm" {
  mock_resource "azurerm_key_vault" {
    defaults = { id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.KeyVault/vaults/x" }
  }
  mock_resource "azurerm_key_vault_key" {
    defaults = { resource_versionless_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.KeyVault/vaults/x/keys/x" }
  }
}

variables {
  prefix                           = "acme-prod"
  short                            = "acmeprod"
  resource_group                   = "acme-prod"
  location                         = "westeurope"
  tenant_id                        = "00000000-0000-0000-0000-00000000000a"
  databricks_application_object_id = "00000000-0000-0000-0000-00000000000b"
  endpoint_subnet_id               = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/virtualNetworks/x/subnets/x"
  zone_id                          = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/x/providers/Microsoft.Network/privateDnsZones/x"
}

run "the_vault_is_closed_and_cannot_be_purged" {
  assert {
    condition     = !azurerm_key_vault.this.public_network_access_enabled && azurerm_key_vault.this.network_acls[0].default_action == "Deny" && azurerm_key_vault.this.rbac_authorization_enabled
    error_message = "The vault is reached from outside, or by lists of its own."
  }

  assert {
    condition     = azurerm_key_vault.this.purge_protection_enabled && azurerm_key_vault.this.soft_delete_retention_days == 90
    error_message = "A key could be gone for good, and the lake with it."
  }
}

run "keys_turn_over_and_each_serves_one" {
  assert {
    condition     = alltrue([for key in azurerm_key_vault_key.this : key.rotation_policy[0].automatic[0].time_after_creation == "P180D" && toset(key.key_opts) == toset(["wrapKey", "unwrapKey"])])
    error_message = "A key does not turn over, or can do more than wrap."
  }

  assert {
    condition     = alltrue([for right in azurerm_role_assignment.key : right.role_definition_name == "Key Vault Crypto Service Encryption User" && strcontains(right.scope, "/keys/")])
    error_message = "An identity may do more than use its own key."
  }
}

run "a_name_that_azure_takes_not_is_refused" {
  command = plan

  variables {
    short = "acme-prod"
  }

  expect_failures = [var.short]
}

run "everywhere_is_refused" {
  command = plan

  variables {
    administered_from = ["0.0.0.0/0"]
  }

  expect_failures = [var.administered_from]
}
