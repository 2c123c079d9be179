output "rights" {
  description = "Who has which level where."
  value       = local.rights
}

output "workflows" {
  description = "What AZURE_CLIENT_ID is in a workflow, by the role that it has."
  value       = { for role, identity in azurerm_user_assigned_identity.workflow : role => identity.client_id }
}
