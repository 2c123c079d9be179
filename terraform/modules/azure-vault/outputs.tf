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

output "identity_ids" {
  description = "The identities of lake and records, once each may use its key."
  value       = { for name, identity in azurerm_user_assigned_identity.this : name => identity.id }
  depends_on  = [azurerm_role_assignment.key]
}
