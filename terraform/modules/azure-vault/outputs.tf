output "id" {
  description = "The vault."
  value       = azurerm_key_vault.this.id
}

output "uri" {
  description = "Its address."
  value       = azurerm_key_vault.this.vault_uri
}

output "key_ids" {
  description = "Each service's key without a version, so that its newest is used."
  value       = { for name, key in azurerm_key_vault_key.this : name => key.versionless_id }
}

output "databricks_key" {
  description = "The workspace's key: by its newest version, the only way that Databricks takes one, and as what rights are given on."
  value = {
    id    = azurerm_key_vault_key.this["databricks"].id
    scope = azurerm_key_vault_key.this["databricks"].resource_versionless_id
  }
  depends_on = [azurerm_role_assignment.databricks]
}

output "identity_ids" {
  description = "The identities of lake and records, once each may use its key."
  value       = { for name, identity in azurerm_user_assigned_identity.this : name => identity.id }
  depends_on  = [azurerm_role_assignment.key]
}
